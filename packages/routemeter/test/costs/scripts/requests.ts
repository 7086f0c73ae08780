// What one request costs in an app, by what it uses: prints JSON. Run with --expose-gc and a young
// generation that no collection interrupts. Argument: the app.

import { Clients } from '../../../../testkit/src/clients.cjs';
import { APPS, type AppName, listening } from './apps.ts';
import { counts } from './counters.ts';

// The buffer of a series grows in one of the rounds, which the least of them leaves out.
const WARM = 130;
const REQUESTS = 60;
const ROUNDS = 5;

type Counts = typeof counts & { bytes: number };

/** What else runs in the process only adds: timers of the library and of Node, and code that V8 has not seen often enough. */
const least = (values: number[]) => Math.min(...values);

/** Per request, the least of several rounds. */
async function cost(
  app: AppName,
  path: string,
  how: 'auto' | 'off' | 'delay' | 'disabled' | 'empty' | 'none',
): Promise<Counts> {
  const library = how === 'none' || how === 'empty' ? null : await import('../../../src/index.ts');
  const options =
    how === 'disabled'
      ? { enabled: false }
      : how === 'delay'
        ? { delay: true, breakdown: true }
        : { cpu: how as 'auto' };
  // No flush falls among the requests: on a busy machine it would be shared by few of them.
  const meter = library?.createMeter({ sink: new library.NullSink(), flushMs: 600_000, ...options }) ?? null;
  const server = await listening(await APPS[app](how === 'empty' ? how : meter));
  const sockets = new Clients(server, path);
  await sockets.send(WARM);
  // The hook of the first requests goes off when nothing has needed it for a while.
  await new Promise((done) => setTimeout(done, 250));
  const rounds: Counts[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.();
    const before = { ...counts, bytes: process.memoryUsage().heapUsed };
    await sockets.send(REQUESTS);
    const bytes = process.memoryUsage().heapUsed - before.bytes;
    const used = Object.entries(counts).map(([name, count]) => [
      name,
      (count - before[name as 'clock']) / REQUESTS,
    ]);
    rounds.push({ ...Object.fromEntries(used), bytes: bytes / REQUESTS } as Counts);
  }
  server.close();
  await meter?.close();
  const names = Object.keys(rounds[0]!) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, least(rounds.map((round) => round[name]))])) as Counts;
}

const app = process.argv[2] as AppName;
// First without the library: what it hooks stays for the life of the process.
const bare = { hello: await cost(app, '/hello', 'none'), awaits: await cost(app, '/awaits', 'none') };
const empty = { hello: await cost(app, '/hello', 'empty'), awaits: await cost(app, '/awaits', 'empty') };
const added: Record<string, Counts> = {};
// Switched off before anything was on: an application that measures leaves its hooks.
for (const how of ['disabled', 'off', 'auto', 'delay'] as const) {
  for (const route of ['hello', 'awaits'] as const) {
    const found = await cost(app, `/${route}`, how);
    for (const name of Object.keys(found) as (keyof Counts)[]) {
      found[name] -= (how === 'disabled' ? empty : bare)[route][name];
    }
    added[`${how} ${route}`] = found;
  }
}
process.stdout.write(`${JSON.stringify(added)}\n`, () => process.exit());
