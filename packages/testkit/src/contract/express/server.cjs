'use strict';

// A contract application as a program, in CommonJS: `node server.cjs <stack>`. Prints its port.

const { makeApp, makeRouters } = require('./app.cjs');
const { STACKS, assertVersions, loadForeign, redirectRouter } = require('./stacks.cjs');

const name = process.argv[2];
const { package: express5or4, major } = STACKS[name];
redirectRouter(name);
const express = require(express5or4);
assertVersions(name);
const app = makeApp(express, major, makeRouters(express), { foreign: loadForeign(major) });
const server = app.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
