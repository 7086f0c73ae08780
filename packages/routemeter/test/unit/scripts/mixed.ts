import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { engine } from '../../../src/attribution/index.ts';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { captureMeter } from '../../../src/testing/index.ts';

/** Names of jobs, and how often each runs. */
const NAMES = 20;
const EACH = 100;
const AT_ONCE = 50;

class Refused extends Error {}

const meter = captureMeter({ breakdown: true, flushMs: 3_600_000, maxSeries: 5000 });
engine().cpuMode();
/** CPU in ms that code says it used, by whose it is, by the same clock for all. */
const truth: Record<string, number> = {};

/** Uses `ms` of CPU of this thread, as its own clock tells, whatever else the machine does. */
const threadUsage = (process as { threadCpuUsage?: () => { user: number; system: number } }).threadCpuUsage;
const cpu = (): number => {
  process.cpuUsage();
  const { user, system } = threadUsage?.call(process) ?? process.cpuUsage();
  return (user + system) / 1000;
};
function burn(whose: string, ms: number): void {
  const from = cpu();
  let used = 0;
  while (used < ms) used = cpu() - from;
  truth[whose] = (truth[whose] ?? 0) + used;
}

const left: Array<Promise<unknown>> = [];
const server = createServer((request, response) => {
  const route = request.url!;
  burn(`route ${route}`, 0.5);
  if (route === '/schedules') {
    // A timer of the request, in its context: what it starts is a unit of its own.
    left.push(
      sleep(5).then(() =>
        meter.work('scheduled', async () => {
          burn('work scheduled', 1);
          await meter.time('inside', () => sleep(1));
          burn('work scheduled', 1);
        }),
      ),
    );
  }
  void sleep(2).then(() => {
    burn(`route ${route}`, 0.5);
    response.end('ok');
  });
});
httpMeter(server, { meter, route: (request) => request.url! });
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as AddressInfo;
const ask = (path: string) =>
  new Promise<void>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume().on('end', () => resolve());
    }).on('error', reject);
  });

/** The nth run of a job: some fail, some are tried again, some begin another unit, some time out. */
async function job(name: string, n: number): Promise<void> {
  const kind = Number(name.slice(3)) % 2 === 0 ? 'job' : 'work';
  const run = meter.work(
    name,
    async (unit) => {
      burn(`work ${name}`, 0.5);
      await meter.time('step', () => sleep(1));
      if (n % 10 === 1) throw new Refused();
      if (n % 10 === 2) unit.setOutcome('retry');
      if (n % 10 === 3) {
        await meter.work(`inner of ${name}`, async () => {
          await sleep(1);
          burn(`work inner of ${name}`, 0.5);
        });
      }
      burn(`work ${name}`, 0.5);
    },
    { kind },
  );
  await run.catch((error) => {
    if (!(error instanceof Refused)) throw error;
  });
}

const jobs = Array.from(
  { length: NAMES * EACH },
  (_, i) => [`job${i % NAMES}`, Math.floor(i / NAMES)] as const,
);
let requests = 0;
let isOver = false;
const traffic = Promise.all(
  ['/a', '/b', '/schedules'].map(async (path) => {
    while (!isOver) {
      await ask(path);
      requests++;
    }
  }),
);
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let next = jobs.pop(); next !== undefined; next = jobs.pop()) await job(...next);
  }),
);
isOver = true;
await traffic;
await Promise.all(left);
server.close();
await meter.settled();
process.stdout.write(
  JSON.stringify({
    requests,
    scheduled: left.length,
    truth,
    lines: await meter.lines(),
    stats: meter.stats(),
    isThread: threadUsage !== undefined,
  }),
);
