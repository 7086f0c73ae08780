import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const { nodes } = await nodeBinaries();
const here = fileURLToPath(new URL('.', import.meta.url));
const script = fileURLToPath(new URL('./scripts/ends.cjs', import.meta.url));

interface Ended {
  code: unknown;
  /** What the library told, in its order; names of queues and jobs are of one process. */
  told: string;
  /** What ended the process. */
  error: string | undefined;
  isFollowed: boolean;
}

function run(node: string, args: readonly string[], preload: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_RUNTIME: 'false' };
    const all = ['--no-warnings', ...preload, script, ...args];
    execFile(node, all, { env, timeout: 60_000 }, (failed, stdout, stderr) =>
      resolve({
        code: failed === null ? 0 : (failed.code ?? failed.signal),
        told: stdout.replace(/\bq\d+\b/g, 'q'),
        error: /^(?:Uncaught )?\w*Error: .*$/m.exec(stderr)?.[0],
        isFollowed: /^(?:work\.run|messaging\.process):/m.test(stderr),
      }),
    );
  });
}

/**
 * What a library tells of a handler that returns, throws, rejects or exits, and how the process ends, are as without us.
 *
 * @param folder that it is installed in; default here.
 * @param at where its server is.
 */
export function endsAsWithoutUs(library: string, { folder = here, at = '' } = {}): void {
  test(`${library}: what it tells of a handler, and how the process ends, are as without us`, async () => {
    const register = (await buildLibrary(`ends-${library}`)).cjs('register');
    const { path } = nodes.at(-1)!;
    const both = async (act: string) => {
      const args = [library, act, folder, at];
      const without = await run(path, args, []);
      return { act, without, beside: await run(path, args, ['-r', register]) };
    };
    // One after the other: libraries that make their tables at each start cannot do so side by side.
    const ended = [];
    for (const act of ['fine', 'throw', 'reject', 'exit']) ended.push(await both(act));
    for (const { act, without, beside } of ended) {
      expect(without.told, `${act} ${without.error}`).toMatch(/^handled$/m);
      expect({ act, ...beside, isFollowed: false }).toEqual({ act, ...without });
    }
    // Else nothing was compared.
    expect(ended.find(({ act }) => act === 'fine')!.beside.isFollowed).toBe(true);
    expect(ended.find(({ act }) => act === 'exit')!.without.code).toBe(7);
  });
}
