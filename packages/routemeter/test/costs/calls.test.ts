import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const run = promisify(execFile);
const { nodes } = await nodeBinaries();
const node = nodes.find(({ major }) => major === 24);
if (node === undefined)
  console.warn('costs per call skipped: they are known for Node 24, which is not there');

/** As for requests: plain code allocates the same each time. */
const PLAIN = ['--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode', '--expose-gc'];

/** Bytes of one call: what they were when this was first held, and a fifth. */
const BYTES: Record<string, number> = { ioredis: 750, pg: 1260, fetch: 470 };
/** What a unit of work takes for the first of its ten calls, and timers. */
const OF_A_UNIT = 0.15;

type Cost = Record<'clock' | 'idles' | 'befores' | 'contexts' | 'stores' | 'bytes', number>;

describe.runIf(node !== undefined)('following one call', () => {
  let costs: Record<string, Cost>;
  beforeAll(async () => {
    const script = await bundle(new URL('./scripts/calls.ts', import.meta.url), 'costs-calls');
    const flags = [...PLAIN, '--min-semi-space-size=32'];
    const { stdout } = await run(node!.path, [...flags, script], { timeout: 60_000 });
    costs = JSON.parse(stdout) as Record<string, Cost>;
  });

  it.each(Object.keys(BYTES).flatMap((name) => [`${name} off`, `${name} auto`]))(
    'costs as much as it did: %s',
    (how) => {
      const [name, cpu] = how.split(' ') as [string, string];
      const { clock, idles, befores, contexts, stores, bytes } = costs[how]!;
      // Its begin and its end; of a pool when it had its connection.
      const readings = name === 'pg' ? 3 : 2;
      expect(clock).toBeGreaterThan(readings - OF_A_UNIT);
      expect(clock).toBeLessThan(readings + OF_A_UNIT);
      // A reading of idle time stands for those of the next 20 µs, in which nothing was waited for.
      expect(idles).toBeLessThan(cpu === 'auto' ? 0.5 : OF_A_UNIT);
      // Its owner is asked for once.
      expect(stores).toBeGreaterThan(1 - OF_A_UNIT);
      expect(stores).toBeLessThan(1 + OF_A_UNIT);
      // No promise is put around the library's own, and no context entered.
      expect(befores).toBeLessThan(OF_A_UNIT);
      expect(contexts).toBeLessThan(OF_A_UNIT);
      expect(bytes).toBeGreaterThan(100);
      expect(bytes).toBeLessThan(BYTES[name]!);
    },
  );
});
