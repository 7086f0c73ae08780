'use strict';

// A program without Routemeter: node server.cjs FILE, which holds the nestings as JSON.

const { readFileSync } = require('node:fs');

require('./app.cjs').serve(JSON.parse(readFileSync(process.argv[2], 'utf8')));
