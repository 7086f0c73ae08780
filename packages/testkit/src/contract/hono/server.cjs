'use strict';

// The contract application as a program, in CommonJS. Prints its port.

const { required, serve } = require('./app.cjs');

const { modules, nodeServer } = required();
serve(modules, nodeServer);
