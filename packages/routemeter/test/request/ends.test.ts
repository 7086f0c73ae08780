import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { installedFolder } from '../../../testkit/src/installed.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import type { Shown } from './ends/main.ts';
import { CARRIERS, type Carrier, type Ending, endingsOf, wanted } from './ends/table.ts';

const run = promisify(execFile);
const { nodes, skipped } = await nodeBinaries();
for (const why of skipped) console.warn(`ends of answers: ${why}`);

const PACKAGES = {
  private: true,
  dependencies: {
    '@codegenie/serverless-express': '4.17.1',
    '@fastify/aws-lambda': '6.4.1',
    express: '5.3.0',
    fastify: '5.12.8',
    'serverless-http': '4.0.0',
    supertest: '7.3.2',
  },
};
const HUGE = 8e6;

/** What the whole table showed, by the Node's path. */
const shownOn = new Map<string, Promise<Record<Carrier, Shown>>>();
let files: string;
beforeAll(async () => {
  const script = await bundle(new URL('./ends/main.ts', import.meta.url), 'request-ends');
  const packages = await installedFolder('ends', PACKAGES);
  files = await mkdtemp(join(tmpdir(), 'routemeter-ends-'));
  await writeFile(join(files, 'small'), 'hello');
  await writeFile(join(files, 'huge'), Buffer.alloc(HUGE));
  const args = ['--no-warnings', '--expose-gc', script, packages, join(files, 'small'), join(files, 'huge')];
  // All Nodes at once: nearly all of the time they wait for limits to pass.
  for (const { path } of nodes) {
    const shown = run(path, args, { timeout: 300_000 }).then(({ stdout }) => JSON.parse(stdout));
    // Who asks is told; until then nobody does.
    shown.catch(() => {});
    shownOn.set(path, shown);
  }
});
afterAll(() => rm(files, { recursive: true, force: true }));

describe.each(nodes)('Node $version', ({ path }) => {
  let shown: Record<Carrier, Shown>;
  beforeAll(async () => {
    shown = await shownOn.get(path)!;
  });

  it.each(Object.keys(CARRIERS) as Carrier[])('%s: every end counts once, with its status', (carrier) => {
    const endings = endingsOf(carrier);
    const expected = Object.fromEntries(
      endings.map((ending: Ending) => {
        const cell = wanted(carrier, ending);
        return [ending, cell === 'no sample' ? [] : [cell]];
      }),
    );
    const seen = Object.fromEntries(endings.map((ending) => [ending, shown[carrier].samples[ending] ?? []]));
    expect(seen).toEqual(expected);
    expect(shown[carrier].strays).toEqual([]);
    expect(shown[carrier].held).toEqual([]);
  });
});
