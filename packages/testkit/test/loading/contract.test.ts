import { beforeAll, describe, expect, test } from 'vitest';
import { BUNDLED, bundleMinified } from '../../src/bundlers/contract.ts';
import { type Child, startChild } from '../../src/contract/child.ts';
import { Collector, sortTags } from '../../src/contract/collector.ts';
import { expectedRequests, sendAll } from '../../src/contract/run.ts';

const runs = BUNDLED.flatMap((bundled, index) =>
  (['cjs', 'esm'] as const).map((format) => ({ ...bundled, format, file: `contract-${index}`, bundled })),
);

describe.each(runs)('$name, minified into one file, $format', ({ bundled, format, file, cases }) => {
  let path: string;
  beforeAll(async () => {
    const made = await bundleMinified(bundled, format, file);
    expect(made.said).toEqual([]);
    path = made.path;
  });

  test('every request is counted once under its name, and answered as without', async () => {
    const collector = await Collector.open();
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', NODE_ENV: 'test' };
    const [measured, bare] = await Promise.all([
      startChild(process.execPath, [path], env),
      startChild(process.execPath, [path], { NODE_ENV: 'test', BARE: '1' }),
    ]);
    try {
      for (const [name, list] of Object.entries(cases)) {
        collector.lines.length = 0;
        const answers = await sendAll(portOf(measured, name), list);
        expect(renamed(await collector.requests(list.length))).toEqual(renamed(expectedRequests(list)));
        expect(answers).toEqual(await sendAll(portOf(bare, name), list));
      }
      expect(measured.stderr()).toBe(bare.stderr());
    } finally {
      await Promise.all([measured.stop(), bare.stop()]);
      collector.close();
    }
  });
});

/** Classes of errors have other names after minification, but for those of the language. */
function renamed(requests: ReadonlyArray<Record<string, string>>): Array<Record<string, string>> {
  const isKept = (name: string) => /^([A-Z][a-z]+)?Error$/.test(name) && name in globalThis;
  return sortTags(
    requests.map(({ error, ...rest }) =>
      error === undefined ? rest : { ...rest, error: isKept(error) ? error : 'renamed' },
    ),
  );
}

function portOf(child: Child, name: string): number {
  const ports = /^ports (.*)$/m.exec(child.stdout())?.[1];
  return ports === undefined ? child.port : (JSON.parse(ports) as Record<string, number>)[name]!;
}
