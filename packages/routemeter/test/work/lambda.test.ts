import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { type LambdaRuntime, startLambda } from '../../../testkit/src/lambda/runtime.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import { type StatsdServer, startStatsd } from '../../../testkit/src/statsd.ts';
import { captureMeter } from '../../src/testing/index.ts';
import { lambdaMeter } from '../../src/work/lambda.ts';
import { handledContract } from './handled.ts';

const nodes = await suiteNodes();
const scripts = fileURLToPath(new URL('./scripts', import.meta.url));

const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let library: Library | null = null;

async function functionOf(
  handler: string,
  node: string,
): Promise<{ lambda: LambdaRuntime; statsd: StatsdServer }> {
  library ??= await buildLibrary('lambda');
  const statsd = await startStatsd();
  closing.push(() => statsd.close());
  const lambda = await startLambda({
    folder: scripts,
    handler: `lambda.${handler}`,
    node,
    env: { LIBRARY: library.cjs('lambda'), ROUTEMETER_URL: statsd.url, ROUTEMETER_RUNTIME: 'false' },
  });
  closing.push(() => lambda.stop());
  return { lambda, statsd };
}

/** Of wall time alone: what each invocation carries. */
const unitsOf = (statsd: StatsdServer, metric = 'work.run') =>
  statsd
    .lines()
    .filter((line) => line.startsWith(`${metric}:`))
    .flatMap((line) => {
      const [, values, tags] = /:([^|]*)\|.*#(.*)$/.exec(line)!;
      const told = Object.fromEntries(tags!.split(',').map((tag) => tag.split(/:(.*)/s)));
      return values!.split(':').map(() => told as Record<string, string>);
    });

describe.each(nodes)('AWS Lambda on Node $version', ({ path }) => {
  test.each(['async', 'callback'])(
    '%s: each invocation is a unit, and sent before the process is frozen',
    async (kind) => {
      const { lambda, statsd } = await functionOf(kind, path);
      for (let id = 1; id <= 5; id++) {
        const fail = id % 2 === 0;
        const answer = await lambda.invoke({ id, fail });
        expect(answer.kind).toBe(fail ? 'error' : 'response');
        if (fail)
          expect(JSON.parse(answer.body)).toMatchObject({ errorType: 'RangeError', errorMessage: 'no' });
        else expect(JSON.parse(answer.body)).toMatchObject({ got: id });
        // It is stopped by now: what it did not send is not on its way.
        await vi.waitFor(() => expect(unitsOf(statsd)).toHaveLength(id), { timeout: 60_000 });
      }
      const units = unitsOf(statsd);
      for (const tags of units) expect(tags).toMatchObject({ work_kind: 'work', work_name: 'fn' });
      expect(units.map(({ outcome, error_type }) => [outcome, error_type])).toEqual([
        ['ok', undefined],
        ['error', 'RangeError'],
        ['ok', undefined],
        ['error', 'RangeError'],
        ['ok', undefined],
      ]);
      expect(units.map(({ faas_coldstart }) => faas_coldstart)).toEqual([
        'true',
        ...Array(4).fill(undefined),
      ]);
    },
    300_000,
  );

  test('a handler that streams is one unit, and its parts arrive', async () => {
    const { lambda, statsd } = await functionOf('stream', path);
    for (let id = 1; id <= 2; id++) {
      expect(await lambda.invoke({ id })).toEqual({ kind: 'response', body: `part one, part ${id}` });
      lambda.child.kill('SIGCONT');
      await vi.waitFor(() => expect(unitsOf(statsd)).toHaveLength(id), { timeout: 60_000 });
    }
  });
});

test('what a callback handler throws at once is the answer; options name the unit', async () => {
  const { path } = nodes[0]!;
  const thrown = await functionOf('callback', path);
  const answer = await thrown.lambda.invoke({ throws: true });
  expect(JSON.parse(answer.body)).toMatchObject({ errorType: 'TypeError', errorMessage: 'at once' });
  await vi.waitFor(() => expect(unitsOf(thrown.statsd)).toHaveLength(1), { timeout: 60_000 });
  expect(unitsOf(thrown.statsd)[0]).toMatchObject({ outcome: 'error', error_type: 'TypeError' });
  const named = await functionOf('named', path);
  expect(await named.lambda.invoke({})).toEqual({ kind: 'response', body: '"done"' });
  await vi.waitFor(() => expect(unitsOf(named.statsd, 'messaging.process')).toHaveLength(1), {
    timeout: 60_000,
  });
  expect(unitsOf(named.statsd, 'messaging.process')[0]).toMatchObject({
    work_name: 'orders',
    work_kind: 'message',
    messaging_system: 'aws_sqs',
    team: 'shop',
  });
});

handledContract({
  title: 'lambdaMeter',
  modules: [],
  metric: 'work.run',
  tags: { work_kind: 'work' },
  shown: (name) => name,
  failed: { outcome: 'error', error: 'Broken' },
  async open(names, handle, isFollowed, meter) {
    const handlers = new Map(
      names.map((name) => {
        const handler = async (act: string, _context: object) => handle(name, act);
        return [name, isFollowed ? lambdaMeter(handler, { meter, name }) : handler];
      }),
    );
    return {
      call: (name, act) => handlers.get(name)!(act, {}).catch(String),
      close: () => {},
    };
  },
});

describe('without a runtime', () => {
  const never = () => new Promise<void>(() => {});

  test.each([
    ['half a second at most', undefined],
    ['no more than the invocation has left', () => 60],
  ])('a sender that never ends costs an invocation %s', async (_, getRemainingTimeInMillis) => {
    const meter = captureMeter();
    vi.spyOn(meter, 'flush').mockImplementation(never);
    const handler = lambdaMeter(async (event: number, _context: object) => event + 1, { meter });
    expect(await handler(1, { getRemainingTimeInMillis })).toBe(2);
    vi.restoreAllMocks();
    await meter.close();
  });

  test('a meter that is off leaves the handler as it is, and wrong options throw', () => {
    const meter = captureMeter({ enabled: false });
    const callback = () => {};
    const seen: unknown[] = [];
    const handler = lambdaMeter((...args: unknown[]) => void seen.push(...args), { meter });
    expect(handler('event', 'context', callback)).toBeUndefined();
    expect(seen[2]).toBe(callback);
    const ship = lambdaMeter(function ship(_event: unknown, _context: unknown, _done: unknown) {}, { meter });
    expect([ship.name, ship.length]).toEqual(['ship', 3]);
    expect(() => lambdaMeter(7 as never)).toThrow('lambdaMeter(): 7 is no handler');
    expect(() => lambdaMeter(() => {}, { name: '' })).toThrow('lambdaMeter(): name "" must be text');
    expect(() => lambdaMeter(() => {}, { kind: 'no' as never })).toThrow(
      'lambdaMeter(): kind "no" must be one of',
    );
  });
});
