import { createServer } from 'node:http';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { CaptureSink, createMeter, NullSink } from '../../../src/index.ts';

// A server of many awaits, which can tell what its requests used beside what was sent of them.
const AWAITS = 500;
const sink = new CaptureSink();
const meter = createMeter({ sink, cpuCeiling: Number(process.argv[2]) });

/** Of several ceilings the lowest counts, whichever meter set it. */
function lowerTo(cpuCeiling: number): void {
  createMeter({ sink: new NullSink(), cpuCeiling }).work('lower', () => {});
}

/** What each route computed, in ms, and how often it was asked. */
const truth = new Map<string, { ms: number; count: number }>();
let work = 0;

/** Computes for a tenth of a millisecond or so, and returns what that took of CPU. */
function compute(): number {
  const before = process.cpuUsage();
  for (let i = 0; i < 60_000; i++) work = (work * 31 + i) | 0;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}

async function answer(route: string, parts: number): Promise<void> {
  const own = truth.get(route) ?? { ms: 0, count: 0 };
  truth.set(route, own);
  own.count++;
  for (let part = 0; part < parts; part++) {
    own.ms += compute();
    for (let i = 0; i < AWAITS; i++) await null;
    await new Promise((go) => setTimeout(go, 1));
  }
}

const server = httpMeter(
  createServer(async ({ url = '' }, response) => {
    if (url === '/light') await answer(url, 1);
    else if (url === '/heavy') await answer(url, 6);
    else if (url.startsWith('/lower')) lowerTo(Number(url.split('/')[2]));
    else {
      await meter.flush();
      response.write(JSON.stringify({ cpu: meter.stats().cpu, truth: [...truth], lines: sink.lines, work }));
    }
    response.end();
  }),
  { meter, route: ({ url }) => url },
);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as { port: number }).port}\n`);
});
process.stdin.resume().on('end', () => process.exit());
