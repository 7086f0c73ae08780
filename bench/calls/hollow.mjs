// Calls of libraries that do nothing but answer a turn of the loop later, so that what following them takes is all
// there is: `hollow.mjs CALL COUNTED WITH`. `WITH` is "calls" or "nothing"; the same unit of work is around them.
import '../lib/steady.mjs';
import { channel } from 'node:diagnostics_channel';
import { createMeter } from 'routemeter';
import { upstreams } from 'routemeter/upstreams';
import { inRounds, rest } from '../lib/steady.mjs';

const [wanted, counted, followed] = process.argv.slice(2);
const isFollowed = followed === 'calls';
/** Calls of one unit of work. */
const OF_A_UNIT = 10;

/** How long the loop waits for each answer. */
const WAIT_MS = 0.1;

/** Calls back a turn of the loop later. */
function later(callback) {
  setImmediate(() => {
    rest(WAIT_MS);
    callback();
  });
}

let made;
/** No closure: what is compiled of those goes with the last of them at a collection, and once it is counted nothing is compiled. */
function settlers(resolve, reject) {
  made.resolve = resolve;
  made.reject = reject;
}
class Command {
  constructor(name) {
    this.name = name;
    made = this;
    this.promise = new Promise(settlers);
  }
}
class Redis {
  status = 'ready';
  options = { host: '127.0.0.1', port: 6379 };
  sendCommand(command) {
    later(() => command.resolve('value'));
    return command.promise;
  }
}
class Pipeline {
  addBatch() {}
  sendCommand() {}
  exec() {}
}
class Client {
  host = '127.0.0.1';
  port = 5432;
  connect() {}
  _pulseQueryQueue() {}
  query(_text, _values, callback) {
    later(() => callback(null, { rows: [] }));
  }
}
class Pool {
  options = { host: '127.0.0.1', port: 5432 };
  idleCount = 1;
  waitingCount = 0;
  client = new Client();
  newClient() {}
  connect(callback) {
    callback(null, this.client, () => {});
  }
  query(text, values) {
    return new Promise((resolve, reject) => {
      this.connect((error, client) => {
        if (error) return reject(error);
        client.query(text, values, (failure, result) => (failure ? reject(failure) : resolve(result)));
      });
    });
  }
}

const [create, headers, trailers] = ['create', 'headers', 'trailers'].map((name) =>
  channel(`undici:request:${name}`),
);
class Request {
  origin = 'http://127.0.0.1:3000';
  method = 'GET';
  path = '/';
}
const response = { statusCode: 200 };
const redis = new Redis();
const pool = new Pool();
const CALLS = {
  'ioredis get': () => redis.sendCommand(new Command('get')),
  'pg select 1': () => pool.query('select 1'),
  async fetch() {
    const request = new Request();
    create.publish({ request });
    await new Promise(later);
    headers.publish({ request, response });
    trailers.publish({ request, trailers: [] });
  },
};

if (isFollowed) upstreams({ Redis, Pipeline }, { Client, Pool });
// Nothing is sent: what that costs is not the calls'.
const meter = createMeter({
  url: 'null:',
  upstreams: isFollowed,
  breakdown: true,
  cpu: 1,
  flushMs: 600_000,
});
const call = CALLS[wanted];
async function make(amount) {
  for (let made = 0; made < amount; made += OF_A_UNIT) {
    await meter.time('job', async () => {
      for (let i = 0; i < OF_A_UNIT; i++) await call();
    });
  }
}

// What is compiled is compiled for what was seen: units that wait, with and without an open call.
for (let i = 0; i < 300; i++) await meter.time('job', () => Promise.all([call(), new Promise(later)]));
await inRounds(() => make(Number(counted)));
