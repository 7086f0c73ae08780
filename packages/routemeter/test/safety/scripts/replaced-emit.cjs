'use strict';

// As a preload: an agent that takes `emit` of HTTP servers for itself. As a program: asks its own server once.
const http = require('node:http');

if (process.argv[2] !== 'serve' || !Object.hasOwn(http.Server.prototype, 'emit')) {
  const { emit } = http.Server.prototype;
  globalThis.theirs = 0;
  http.Server.prototype.emit = function replaced(event, ...given) {
    if (event === 'request') globalThis.theirs++;
    return emit.call(this, event, ...given);
  };
} else {
  const server = http
    .createServer((_, response) => response.end('fine'))
    .listen(0, '127.0.0.1', async () => {
      const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
      await answer.text();
      setTimeout(() => {
        console.log(`theirs saw ${globalThis.theirs}`);
        process.exit(0);
      }, 200);
    });
}
