'use strict';

// The contract application as a program, in CommonJS: `node server.cjs <stack>`. Prints its port.

const { STACKS, serve } = require('./app.cjs');

const stack = process.argv[2];
serve(require(STACKS[stack].package), stack);
