import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { type Kind, startCounting, until } from '../sinks/counting-server.ts';

const { nodes } = await nodeBinaries();
const script = await bundle(new URL('./scripts/app.ts', import.meta.url), 'exit-app');
const folder = mkdtempSync(join(tmpdir(), 'routemeter-exit-'));
let sockets = 0;

const WAYS: Record<string, { code: number | null; signal: string | null }> = {
  return: { code: 0, signal: null },
  'process.exit': { code: 3, signal: null },
  'uncaught error': { code: 1, signal: null },
  'handled SIGTERM': { code: 0, signal: null },
  'default SIGTERM': { code: null, signal: 'SIGTERM' },
};
const STATES: Array<[Kind, string]> = [
  ['udp', 'connected'],
  ['udp', 'named'],
  ['tcp', 'connected'],
  ['tcp', 'connecting'],
  ['tcp', 'stalled'],
  ['unixstream', 'connected'],
  ['unixstream', 'connecting'],
  ['unixstream', 'stalled'],
];

interface Ended {
  code: number | null;
  signal: string | null;
  stderr: string;
  books: { samples: number; handed: number; waiting: number; dropped: Record<string, number> } | null;
  received: number;
  took: number;
}

async function run(node: string, kind: Kind, state: string, way: string): Promise<Ended> {
  const at = kind === 'unixstream' ? join(folder, `s${sockets++}`) : 0;
  const server = await startCounting(kind, at, {
    framed: kind === 'unixstream',
    reading: state === 'stalled' ? 'never' : 'all',
  });
  // A short form of the address is a name to Node, which it has to look up.
  const host = state === 'named' ? '127.1' : '127.0.0.1';
  const url = kind === 'unixstream' ? `unixstream://${at}` : `${kind}://${host}:${server.port}`;
  // A busy machine may take long to start a thread; a stalled peer would keep every millisecond.
  const wait = state === 'stalled' ? '100' : '10000';
  const from = performance.now();
  const ended = await new Promise<Omit<Ended, 'received' | 'took'>>((resolve) => {
    execFile(
      node,
      [script, url, way, state, wait],
      { timeout: 10_000, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const failed = error as { code?: number | null; signal?: string | null } | null;
        resolve({
          code: failed === null ? 0 : (failed.code ?? null),
          signal: failed?.signal ?? null,
          stderr,
          books: stdout === '' ? null : JSON.parse(stdout),
        });
      },
    );
  });
  const took = performance.now() - from;
  await until(() => server.received() >= (ended.books?.handed ?? 0), state === 'stalled' ? 0 : 2_000);
  const received = server.received();
  await server.kill();
  return { ...ended, received, took };
}

describe.each(nodes)('the end of a process on Node $version', ({ path }) => {
  it.each(STATES)('over %s, %s: as promised, whatever the way', async (kind, state) => {
    const rows: string[] = [];
    await Promise.all(
      Object.entries(WAYS).map(async ([way, expected]) => {
        const ended = await run(path, kind, state, way);
        rows.push(
          `${kind} ${state}, ${way}: ${Math.round(ended.took)} ms, code ${ended.code ?? ended.signal}`,
        );
        expect({ way, code: ended.code, signal: ended.signal }).toEqual({ way, ...expected });
        // Documented: the default action of a signal runs no code, and what waits is lost.
        if (way === 'default SIGTERM') return;
        const { samples, handed, waiting, dropped } = ended.books!;
        const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
        expect({ way, waiting, sum: handed + lost }).toEqual({ way, waiting: 0, sum: samples });
        if (state === 'stalled') {
          // Each loss that the books know is told. Of a return, what waits may fit a last connection as a whole.
          const { exit = 0, send_failed: failed = 0 } = dropped;
          if (way !== 'return')
            expect({ way, isLost: exit > 0, failed }).toEqual({ way, isLost: true, failed: 0 });
          if (exit > 0) expect(ended.stderr).toMatch(/samples for \S+ were lost at exit.*RM_EXIT_LOSS/);
          if (failed > 0)
            expect(ended.stderr).toMatch(/broke off with \d+ samples under way.*RM_SEND_FAILED/);
        } else {
          expect({ way, samples, handed, received: ended.received }).toEqual({
            way,
            samples: 1001,
            handed: 1001,
            received: 1001,
          });
          expect(ended.stderr).not.toContain('RM_');
        }
      }),
    );
    console.log(rows.sort().join('\n'));
  });
});
