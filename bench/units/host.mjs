// Runs units under one subject: `host.mjs SUBJECT FOLDER REDIS`. The folder holds the libraries. Says where units of
// each kind are sent to; of so many that were announced it tells,
// when they have run, the CPU of each in µs.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { serveGrpc, takeJobs } from './served.mjs';
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

let result;
process.on('message', async ({ task, units }) => {
  if (task === 'announce') result = announce(units);
  process.send(task === 'announce' ? 'announced' : await result);
});
process.send({
  grpc: await serveGrpc(load, ran),
  bullmq: await takeJobs(load, ran, Number(redisPort), options),
});
await once(process, 'disconnect');
process.exit();
