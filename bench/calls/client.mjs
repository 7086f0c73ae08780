// Makes calls of upstreams under one subject: `client.mjs SUBJECT FOLDER PORTS`. The folder holds the libraries. Who asks
// by a message for so many calls, so many of them at once, is answered with the CPU of each, in µs.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { prepare } from './subjects.mjs';

/** Calls of one unit of work. */
const OF_A_UNIT = 10;

const [subject, folder, ports] = process.argv.slice(2);
const { http, postgresql, redis: redisPort } = JSON.parse(ports);
const load = createRequire(join(folder, 'package.json'));
const within = await prepare(subject, load);

const { Pool } = load('pg');
const { Redis } = load('ioredis');
const pool = new Pool({ host: '127.0.0.1', port: postgresql, user: 'test', database: 'postgres', max: 1 });
const redis = new Redis({ host: '127.0.0.1', port: redisPort });
const CALLS = {
  'ioredis get': () => redis.get('key'),
  'pg select 1': () => pool.query('select 1'),
  fetch: async () => (await fetch(`http://127.0.0.1:${http}/`)).text(),
};

async function make(call, calls, atOnce) {
  for (let made = 0; made < calls; made += OF_A_UNIT) {
    await within(async () => {
      for (let i = 0; i < OF_A_UNIT; i += atOnce) await Promise.all(Array.from({ length: atOnce }, call));
    });
  }
}

process.on('message', async ({ name, calls, atOnce }) => {
  const before = process.cpuUsage();
  await make(CALLS[name], calls, atOnce);
  const { user, system } = process.cpuUsage(before);
  process.send((user + system) / calls);
});
await redis.ping();
process.send(Object.keys(CALLS));
await once(process, 'disconnect');
process.exit();
