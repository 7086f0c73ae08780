import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';

const SAMPLES = /^([a-z._]+):([^|\n]*)\|[^#\n]*#(.*)$/gm;
const BURN_MS = 30;
const nodes = await suiteNodes();
const script = fileURLToPath(new URL('./scripts/contexts.cjs', import.meta.url));

/**
 * Under the preload a consumer that one request made, and others send to, books nothing on them.
 *
 * @param library as it is installed.
 * @param at where its server is, as the script takes it.
 */
export function contextsOfConsumer(library: string, at: string, name: string): void {
  test.each(nodes)(
    `${library}: made inside a request, what it handles never books on that: Node $version`,
    async ({ path }) => {
      const built = await buildLibrary(`contexts-${library}`);
      const { stderr } = await promisify(execFile)(
        path,
        ['--no-warnings', '-r', built.cjs('register'), script, library, at],
        {
          env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_RUNTIME: 'false' },
          timeout: 60_000,
        },
      );
      const samples = [...stderr.matchAll(SAMPLES)].flatMap(([, metric, values, tags]) =>
        values!.split(':').map((value) => ({ metric: metric!, value: Number(value), tags: tags! })),
      );
      const of = (wanted: RegExp) => samples.filter(({ metric }) => wanted.test(metric));
      const sum = (wanted: RegExp) => of(wanted).reduce((total, { value }) => total + value, 0);
      const found = of(/^messaging\.process$/).map(({ tags }) => /work_name:([^,]*)/.exec(tags)![1]);
      expect(found).toEqual(Array(3).fill(name));
      expect(of(/^http\.server\.request$/)).toHaveLength(4);
      const used = sum(/^messaging\.process\.cpu$/);
      expect(used).toBeGreaterThan(3 * BURN_MS * 0.9);
      // Making a consumer and reading for it costs the request that did so.
      const sending = of(/^http\.server\.(?:request\.cpu|cpu_after)$/).filter(({ tags }) =>
        /http_route:\/send/.test(tags),
      );
      expect(sending.reduce((total, { value }) => total + value, 0)).toBeLessThan(used / 2);
      expect(sum(/^http\.server\.cpu_after$/)).toBeLessThan(used / 2);
    },
    300_000,
  );
}
