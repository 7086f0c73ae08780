// Runs units of one kind under one subject in rounds, for `countRounds`: `hollow.mjs SUBJECT FOLDER REDIS KIND UNITS`.
// Another process sends them.
import '../lib/steady.mjs';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, firstMessage } from '../lib/child.mjs';
import { inRounds } from '../lib/steady.mjs';
import { serveGrpc, takeJobs } from './served.mjs';
import { prepare } from './subjects.mjs';

const [subject, folder, redisPort, kind, amount] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
const options = await prepare(subject, load);

let left = 0;
let done = () => {};
function ran() {
  if (--left === 0) setImmediate(done);
}

const target =
  kind === 'grpc' ? await serveGrpc(load, ran) : await takeJobs(load, ran, Number(redisPort), options);
const sender = spawn(
  process.execPath,
  [fileURLToPath(new URL('./sender.mjs', import.meta.url)), folder, redisPort],
  { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
);
await firstMessage(sender);

await inRounds(async () => {
  const units = Number(amount);
  left = units;
  const all = new Promise((resolve) => {
    done = resolve;
  });
  await Promise.all([all, ask(sender, 'send', { kind, target, units })]);
});
