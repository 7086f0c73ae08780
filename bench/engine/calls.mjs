// What the engine's calls cost by themselves, in ns: the least of many rounds, on the Node that runs this.
// Arguments: the engine's bundle. Prints JSON.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const { engine, Work } = await import(process.argv[2]);
const COUNT = 10_000;
const ROUNDS = 25;
const loop = engine();
const handler = (a) => a;

function least(fn) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.hrtime.bigint();
    for (let i = 0; i < COUNT; i++) fn();
    best = Math.min(best, Number(process.hrtime.bigint() - from) / COUNT);
  }
  return Math.round(best);
}

async function awaits() {
  for (let i = 0; i < 1000; i++) await null;
}

async function leastAwait() {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 60; round++) {
    const from = process.hrtime.bigint();
    await awaits();
    best = Math.min(best, Number(process.hrtime.bigint() - from) / 1000);
  }
  return Math.round(best);
}

const request = (exact) => () => {
  const work = new Work('request', null);
  loop.open(work, exact);
  loop.run(work, handler, null, 1, 2, 3);
  loop.close(work);
};

const found = {};
found.bareAwait = await leastAwait();
const storage = new AsyncLocalStorage();
found.storage = least(() => storage.run(storage, handler, 1, 2, 3));
found.wall = least(request(false));
found.exact = least(request(true));
const open = new Work('request', null);
loop.open(open, true);
loop.hold(open);
await loop.run(
  open,
  async () => {
    found.hookAwait = await leastAwait();
  },
  null,
);
loop.close(open);
await sleep(300);
found.laterAwait = await leastAwait();
process.stdout.write(`${JSON.stringify(found)}\n`);
