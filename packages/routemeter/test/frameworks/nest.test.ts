import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Child, startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { nestCases, type Platform } from '../../../testkit/src/contract/nest/cases.ts';
import { libraryBeside, type NestStack, nestStack } from '../../../testkit/src/contract/nest/stack.ts';
import { expectedRequests, sendAll } from '../../../testkit/src/contract/run.ts';

const PROGRAM = fileURLToPath(new URL('../../../testkit/src/contract/nest/server.mjs', import.meta.url));
const PLATFORMS: Platform[] = ['express', 'fastify'];

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('nest');
});

const runs = ([11, 12] as const).flatMap((major) => PLATFORMS.map((platform) => ({ major, platform })));

describe.each(runs)('NestJS $major on $platform', ({ major, platform }) => {
  const all = Object.entries(nestCases(platform));
  let stack: NestStack;
  let collector: Collector;
  let measured: Child;
  let bare: Child;

  beforeAll(async () => {
    stack = await nestStack(major);
    const module = await libraryBeside(stack, library, 'library');
    collector = await Collector.open();
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
    const args = [PROGRAM, stack.folder, platform];
    [measured, bare] = await Promise.all([
      startChild(process.execPath, [...args, module], env),
      startChild(process.execPath, args, {}),
    ]);
  });

  afterAll(async () => {
    await measured.stop();
    await bare.stop();
    collector.close();
  });

  test('starts, in the version it says', () => {
    expect(measured.stderr()).toBe('');
    expect(measured.stdout()).toContain(`nest ${stack.version}`);
  });

  test.each(all)(
    '%s: every request is counted once under its name, and answered as without',
    async (app, cases) => {
      collector.lines.length = 0;
      const answers = await sendAll(portOf(measured, app), cases);
      expect(await collector.requests(cases.length)).toEqual(expectedRequests(cases));
      expect(answers).toEqual(await sendAll(portOf(bare, app), cases));
    },
  );
});

function portOf(child: Child, app: string): number {
  const ports = JSON.parse(/^ports (.*)$/m.exec(child.stdout())![1]!) as Record<string, number>;
  return ports[app]!;
}
