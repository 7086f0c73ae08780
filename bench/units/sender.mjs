// Sends units to the hosts of all subjects: `sender.mjs FOLDER REDIS`. It measures nothing.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AT_ONCE, HELLO } from './kinds.mjs';

const [folder, redisPort] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
const { Client, credentials } = load('@grpc/grpc-js');
const { Queue } = load('bullmq');
const made = new Map();

/** One client of each server, one queue of each name. */
function oneOf(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

const KINDS = {
  async grpc(port, units) {
    const client = oneOf(`grpc ${port}`, () => new Client(`127.0.0.1:${port}`, credentials.createInsecure()));
    const { path, requestSerialize, responseDeserialize } = HELLO;
    const call = () =>
      new Promise((resolve, reject) =>
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, 'you', (error, answer) =>
          error ? reject(error) : resolve(answer),
        ),
      );
    for (let sent = 0; sent < units; sent += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, call));
  },
  async bullmq(name, units) {
    const connection = { host: '127.0.0.1', port: Number(redisPort) };
    const queue = oneOf(`bullmq ${name}`, () => new Queue(name, { connection }));
    const opts = { removeOnComplete: true, removeOnFail: true };
    const jobs = Array.from({ length: units }, () => ({ name: 'welcome', data: { name: 'you' }, opts }));
    await queue.addBulk(jobs);
  },
};

process.on('message', async ({ kind, target, units }) => {
  await KINDS[kind](target, units);
  process.send('sent');
});
process.send('ready');
await once(process, 'disconnect');
process.exit();
