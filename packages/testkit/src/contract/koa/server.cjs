'use strict';

// The contract application as a program, in CommonJS: `node server.cjs <stack>`. Prints its port.

const { STACKS, serve } = require('./app.cjs');

const stack = process.argv[2];
const router = require(STACKS[stack].router);
serve(require(STACKS[stack].koa), router.default ?? router, stack);
