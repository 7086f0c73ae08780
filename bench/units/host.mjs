// Runs units under one subject: `host.mjs SUBJECT FOLDER REDIS`. The folder holds the libraries. Says where units of
// each kind are sent to; of so many that were announced it tells,
// when they have run, the CPU of each in µs.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AT_ONCE, HELLO } from './kinds.mjs';
import { prepare } from './subjects.mjs';

const [subject, folder, redisPort] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
const options = await prepare(subject, load);

let left = 0;
let done = () => {};

/** Of so many units, what each takes until all have run. */
function announce(units) {
  left = units;
  const before = process.cpuUsage();
  return new Promise((resolve) => {
    done = () => {
      const { user, system } = process.cpuUsage(before);
      resolve((user + system) / units);
    };
  });
}

function ran() {
  // What ends the last one belongs to it.
  if (--left === 0) setImmediate(done);
}

async function serveGrpc() {
  const { Server, ServerCredentials } = load('@grpc/grpc-js');
  const server = new Server();
  server.addService(
    { hello: HELLO },
    {
      hello(call, answer) {
        answer(null, `hello ${call.request}`);
        ran();
      },
    },
  );
  return new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(String(port)),
    ),
  );
}

async function takeJobs() {
  const { Worker } = load('bullmq');
  const queue = `bench-${process.pid}`;
  const connection = { host: '127.0.0.1', port: Number(redisPort), maxRetriesPerRequest: null };
  const worker = new Worker(queue, async (job) => job.data.name.length, {
    connection,
    concurrency: AT_ONCE,
    ...options,
  });
  worker.on('completed', ran);
  await worker.waitUntilReady();
  return queue;
}

let result;
process.on('message', async ({ task, units }) => {
  if (task === 'announce') result = announce(units);
  process.send(task === 'announce' ? 'announced' : await result);
});
process.send({ grpc: await serveGrpc(), bullmq: await takeJobs() });
await once(process, 'disconnect');
process.exit();
