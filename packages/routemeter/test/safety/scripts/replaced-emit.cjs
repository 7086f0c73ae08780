'use strict';

// A preload: an agent that takes `emit` of HTTP servers for itself.
const http = require('node:http');

const { emit } = http.Server.prototype;
globalThis.theirs = 0;
http.Server.prototype.emit = function replaced(event, ...given) {
  if (event === 'request') globalThis.theirs++;
  return emit.call(this, event, ...given);
};
