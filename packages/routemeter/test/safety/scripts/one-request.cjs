'use strict';

// Asks its own server once, and tells what the preload of `replaced-emit.cjs` saw.
const http = require('node:http');

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
