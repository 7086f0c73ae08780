import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { engine } from '../../../src/attribution/engine.ts';
import { findThreadClock } from '../../../src/attribution/thread-clock.ts';
import { Work } from '../../../src/attribution/work.ts';

const found = findThreadClock(performance.now.bind(performance));
const thread = found.read ?? performance.now.bind(performance);

/** Computes until this thread used `ms` of CPU; returns what it used. */
function burn(ms: number): number {
  const from = thread();
  let used = 0;
  while (used < ms) used = thread() - from;
  return used;
}

function job(fn: () => Promise<unknown>): Promise<Work> {
  const work = new Work('block', null);
  engine().open(work, true);
  const done = engine().run(work, fn, undefined, undefined, undefined, undefined);
  engine().hold(work);
  return done.then(() => {
    engine().close(work);
    return work;
  });
}

if (isMainThread) {
  let inWorker: { cpu: number; truth: number } | undefined;
  const mine = await job(
    () =>
      new Promise<void>((resolve) => {
        const worker = new Worker(new URL(import.meta.url));
        worker.on('message', (message) => {
          inWorker = message;
        });
        worker.on('exit', () => resolve());
      }),
  );
  const parts = { cpu: mine.cpu, idle: mine.idle, wall: mine.wall };
  process.stdout.write(`${JSON.stringify({ mode: engine().cpuMode(), mine: parts, inWorker })}\n`);
} else {
  let truth = 0;
  const work = await job(async () => {
    truth = burn(60);
  });
  parentPort?.postMessage({ cpu: work.cpu, truth });
}
