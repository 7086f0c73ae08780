'use strict';

// The combinations of Express and its router that the contract runs on. Loading one anew in the same
// process makes new copies of its classes.

const Module = require('node:module');

const STACKS = {
  'express 4': { package: 'express4', major: 4, express: '4.22.3', router: null },
  'express 5, router 2.0': {
    package: 'express5',
    major: 5,
    express: '5.3.0',
    router: '2.0.0',
    as: 'router20',
  },
  'express 5, router 2.2': {
    package: 'express5',
    major: 5,
    express: '5.3.0',
    router: '2.2.0',
    as: 'router22',
  },
  'express 5, router 2.3': { package: 'express5', major: 5, express: '5.3.0', router: '2.3.0', as: 'router' },
};

/** Files of Express and its routers, not those of their dependencies. */
const OWN = /[\\/]node_modules[\\/](?:express[45]|router(?:20|22)?)[\\/](?!node_modules)/;

/** Makes `require('router')`, as Express 5 does it, mean the version of a stack. Returns a way back. */
function redirectRouter(name) {
  const { as } = STACKS[name];
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    return resolve.call(this, request === 'router' && as ? as : request, ...rest);
  };
  return () => {
    Module._resolveFilename = resolve;
  };
}

/** Loads a stack anew, and throws unless it has exactly the versions that are written above. */
function loadStack(name) {
  for (const file of Object.keys(require.cache)) if (OWN.test(file)) delete require.cache[file];
  const restore = redirectRouter(name);
  try {
    const express = require(STACKS[name].package);
    assertVersions(name);
    return { express, major: STACKS[name].major };
  } finally {
    restore();
  }
}

/** Throws unless the files that are loaded are those of the stack. */
function assertVersions(name) {
  const stack = STACKS[name];
  assertVersion(`${stack.package}/package.json`, stack.express);
  if (!stack.as) return;
  assertVersion(`${stack.as}/package.json`, stack.router);
  if (require.cache[require.resolve(stack.as)] === undefined)
    throw new Error(`${name}: ${stack.as} is not loaded`);
}

function assertVersion(manifest, wanted) {
  const { version } = require(manifest);
  if (version !== wanted) throw new Error(`${manifest}: ${version} instead of ${wanted}`);
}

/** A small application of the other major, to be mounted as a foreign one. */
function loadForeign(major) {
  const app = require(major === 4 ? 'express5' : 'express4')();
  app.set('env', 'test');
  app.get('/things/:thing', (req, res) => res.json(req.params));
  return app;
}

module.exports = { STACKS, redirectRouter, loadStack, loadForeign, assertVersions };
