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

/** Loads a stack, and throws unless it has exactly the versions that are written above. */
function loadStack(name) {
  const stack = STACKS[name];
  const own = /[\\/]node_modules[\\/](?:express[45]|router(?:20|22)?)[\\/](?!node_modules)/;
  for (const file of Object.keys(require.cache)) if (own.test(file)) delete require.cache[file];
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    return resolve.call(this, request === 'router' && stack.as ? stack.as : request, ...rest);
  };
  try {
    const express = require(stack.package);
    const loaded = Object.keys(require.cache).filter(
      (file) => /[\\/]router[^\\/]*[\\/]index\.js$/.test(file) && own.test(file),
    );
    assertVersion(`${stack.package}/package.json`, stack.express);
    if (stack.as) {
      assertVersion(`${stack.as}/package.json`, stack.router);
      if (
        !loaded.some((file) =>
          file.includes(`node_modules/${stack.as}/`.replaceAll('/', require('node:path').sep)),
        )
      ) {
        throw new Error(`${name}: loaded ${loaded}`);
      }
    }
    return { express, major: stack.major };
  } finally {
    Module._resolveFilename = resolve;
  }
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

module.exports = { STACKS, loadStack, loadForeign };
