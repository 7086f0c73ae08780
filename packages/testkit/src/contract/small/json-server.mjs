// The contract's application for json-server 1: `node json-server.mjs [module of the one line]`. Prints its port.

import { pathToFileURL } from 'node:url';
import { createApp } from 'json-server/lib/app.js';
import { Low, Memory } from 'lowdb';

const [, , line] = process.argv;
const measured = line ? (await import(pathToFileURL(line).href)).tinyhttpMeter : (app) => app;

const db = new Low(new Memory(), {
  users: [
    { id: '7', name: 'anna' },
    { id: '8', name: 'bob' },
  ],
  posts: [],
  profile: { name: 'home' },
});
const app = measured(createApp(db));
const server = app.listen(0, () => console.log(`port ${server.address().port}`), '127.0.0.1');
