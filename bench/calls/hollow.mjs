// Calls of libraries that do nothing but answer a turn of the loop later, so that what following them takes is all
// there is: `hollow.mjs CALL WARM COUNTED WITH`. `WITH` is "calls" or "nothing"; the same unit of work is around them.
import '../lib/counted.mjs';
import { channel } from 'node:diagnostics_channel';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { createMeter } from 'routemeter';
import { upstreams } from 'routemeter/upstreams';
import { countedPart } from '../lib/counted.mjs';

const [wanted, warm, counted, followed] = process.argv.slice(2);
const isFollowed = followed === 'calls';
/** Calls of one unit of work. */
const OF_A_UNIT = 10;

/** As `Promise.withResolvers`, which Node 20 does not have. */
function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => {
    made.resolve = resolve;
    made.reject = reject;
  });
  return made;
}

class Redis {
  status = 'ready';
  options = { host: '127.0.0.1', port: 6379 };
  sendCommand(command) {
    setImmediate(() => command.resolve('value'));
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
    setImmediate(() => callback(null, { rows: [] }));
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
    const { promise, resolve, reject } = deferred();
    this.connect((error, client) => {
      if (error) return reject(error);
      client.query(text, values, (failure, result) => (failure ? reject(failure) : resolve(result)));
    });
    return promise;
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
  'ioredis get'() {
    const command = { name: 'get', ...deferred() };
    return redis.sendCommand(command);
  },
  'pg select 1': () => pool.query('select 1'),
  async fetch() {
    const request = new Request();
    create.publish({ request });
    await turn();
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

await countedPart({
  // What is compiled is compiled for what was seen: units that wait, with and without an open call, and a loop that rests.
  async warm() {
    for (let round = 0; round < 3; round++) {
      await meter.time('job', async () => {
        await sleep(5);
        await Promise.all([call(), sleep(5)]);
      });
      await make(Number(warm) / 3);
    }
  },
  counted: () => make(Number(counted)),
});
