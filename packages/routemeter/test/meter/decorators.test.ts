import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { timed, worked } from '../../src/index.ts';
import { captureMeter, expectMetric } from '../../src/testing/index.ts';
import type { feed } from './decorators/feed.ts';

const file = fileURLToPath(new URL('./decorators/feed.ts', import.meta.url));
const base = ts.parseConfigFileTextToJson(
  '',
  readFileSync(new URL('../../../../tsconfig.base.json', import.meta.url), 'utf8'),
);
const { options } = ts.convertCompilerOptionsFromJson(base.config.compilerOptions, '.');

/** Compiles the fixture as a TypeScript project would, and runs it. */
function compiled(experimentalDecorators: boolean): typeof feed {
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { ...options, experimentalDecorators, module: ts.ModuleKind.CommonJS, noEmit: false },
  });
  const exports = {} as { feed: typeof feed };
  new Function('exports', 'require', outputText)(exports, () => ({ timed, worked }));
  return exports.feed;
}

it('a legacy decorator passes the type check; as a standard one the fixture is part of the project', () => {
  const program = ts.createProgram([file], { ...options, experimentalDecorators: true, noEmit: true });
  const found = ts
    .getPreEmitDiagnostics(program)
    .map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n'));
  expect(found).toEqual([]);
});

describe.each([
  ['standard', false],
  ['legacy', true],
] as const)('@timed as a %s decorator', (_, legacy) => {
  it('times each call, names methods by class, and leaves them what they were', async () => {
    const meter = captureMeter();
    const Feed = compiled(legacy)(meter);
    const one = Feed.make();
    expect(await one.load(1)).toEqual(['a']);
    expect(await one.load(2)).toEqual(['a', 'b']);
    expect(one.first()).toBe('a');
    expect(one.load.name).toBe('load');
    expect(one.load.length).toBe(1);
    await meter.settled();
    expectMetric('Feed.load').times(2);
    expectMetric('Feed.load.cpu').times(2);
    expectMetric('Feed.make').times(1);
    expectMetric('feed.named').times(1);
    await meter.close();
  });

  it('belongs to the class that it is called on', async () => {
    const meter = captureMeter();
    const Feed = compiled(legacy)(meter);
    class News extends Feed {}
    await new News().load(1);
    expectMetric('News.load').times(1);
    await meter.close();
  });

  it('makes each call a unit of work, by @worked', async () => {
    const meter = captureMeter();
    const Feed = compiled(legacy)(meter);
    const one = Feed.make();
    expect([await one.refresh(), one.sweep(), Feed.mail()]).toEqual([2, 2, 3]);
    expect([one.refresh.name, one.refresh.length]).toEqual(['refresh', 0]);
    expectMetric('work.run').withTags({ work_name: 'Feed.refresh', work_kind: 'work' }).times(1);
    expectMetric('work.run').withTags({ work_name: 'sweep', work_kind: 'cron', size: 'big' }).times(1);
    expectMetric('messaging.process').withTags({ work_name: 'mails/Feed.mail', outcome: 'ok' }).times(1);
    await meter.close();
  });

  it('binds the default meter at the first call, not before', () => {
    const Feed = compiled(legacy)(captureMeter());
    expect(new Feed().plain()).toBe(1);
    expect(new Feed().swept()).toBe(4);
  });
});
