import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Answers } from '../../src/store/promql/answers.ts';
import { Engine } from '../../src/store/promql/engine.ts';
import { until } from '../helpers.ts';
import { EMPTY, startFakeEngine } from './fake-engine.ts';

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: { code: string }) => error.code,
  );

test('four questions are under way at once, 256 wait, and more are refused at once', async () => {
  let running = 0;
  let most = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  await using fake = await startFakeEngine(async () => {
    most = Math.max(most, ++running);
    await gate;
    running--;
    return EMPTY;
  });
  const engine = new Engine({ url: new URL(fake.url), headers: {} });
  const questions = Array.from({ length: 270 }, (_, i) => code(engine.instant(`q${i}`, 0)));
  await until(() => running === 4);
  open();
  const answers = await Promise.all(questions);
  expect(most).toBe(4);
  expect(answers.filter((one) => one === 'answered')).toHaveLength(260);
  expect(answers.slice(260)).toEqual(Array(10).fill('STORE_BUSY'));
  expect(fake.asked).toHaveLength(260);
});

test('the time in which any question was under way is counted once', async () => {
  await using fake = await startFakeEngine(async () => {
    await sleep(50);
    return EMPTY;
  });
  const engine = new Engine({ url: new URL(fake.url), headers: {} });
  const began = performance.now();
  await Promise.all([engine.instant('a', 0), engine.instant('b', 0), engine.instant('c', 0)]);
  await sleep(100);
  await engine.instant('d', 0);
  const elapsed = performance.now() - began;
  expect(engine.state.busyMs).toBeGreaterThan(95);
  expect(engine.state.busyMs).toBeLessThan(elapsed - 95);
});

test('an answer without an end is cut off at 64 MB', async () => {
  const body = 'x'.repeat(65 * 1024 * 1024);
  await using fake = await startFakeEngine(() => ({ body }));
  const engine = new Engine({ url: new URL(fake.url), headers: {} });
  expect(await code(engine.instant('q', 0))).toBe('STORE_TOO_MUCH');
  expect(engine.state.failed).toBe(1);
});

test('who waits for a turn longer than the time limit is not asked for any more', async () => {
  await using fake = await startFakeEngine(() => new Promise(() => {}));
  const engine = new Engine({ url: new URL(fake.url), headers: {}, timeoutMs: 200 });
  const questions = Array.from({ length: 8 }, (_, i) => code(engine.instant(`q${i}`, 0)));
  expect(await Promise.all(questions)).toEqual(Array(8).fill('STORE_TIMEOUT'));
  expect(fake.asked).toHaveLength(4);
});

test('a redirect is not followed: a credential would go with it', async () => {
  await using other = await startFakeEngine();
  await using fake = await startFakeEngine(() => ({ status: 307, headers: { location: other.url } }));
  const engine = new Engine({ url: new URL(fake.url), headers: { authorization: 'Bearer secret' } });
  expect(await code(engine.instant('q', 0))).toBe('STORE_UNREACHABLE');
  expect(other.asked).toEqual([]);
});

test('what closes ends what is under way', async () => {
  await using fake = await startFakeEngine(() => new Promise(() => {}));
  const engine = new Engine({ url: new URL(fake.url), headers: {} });
  const question = code(engine.instant('q', 0));
  await until(() => fake.asked.length === 1);
  engine.close();
  expect(await question).toBe('STORE_UNREACHABLE');
});

test('within a tick the same question is asked once, in the next one again', async () => {
  const answers = new Answers();
  let asked = 0;
  const ask = async () => ++asked;
  const get = (tick: number) => answers.get(tick, ['q', 1], ask, () => 1);
  expect(await Promise.all([get(1), get(1), get(1)])).toEqual([1, 1, 1]);
  expect(await get(2)).toBe(2);
});

test('300 answers are kept, and of large ones fewer: the oldest leave', async () => {
  const answers = new Answers();
  let asked = 0;
  const get = (question: number, weight: number) =>
    answers.get(
      1,
      question,
      async () => ++asked,
      () => weight,
    );
  for (let i = 0; i < 400; i++) await get(i, 1);
  expect(answers.size).toBe(300);
  await get(399, 1);
  expect(asked).toBe(400);
  await get(0, 1);
  expect(asked).toBe(401);
  await get(1000, 1_500_000);
  await get(1001, 1_500_000);
  expect(answers.size).toBe(1);
  await get(1001, 1);
  expect(asked).toBe(403);
});

test('a failure is given to all who ask within a second', async () => {
  const answers = new Answers();
  let asked = 0;
  const get = () =>
    answers.get(
      1,
      'q',
      async () => {
        asked++;
        throw new Error('down');
      },
      () => 1,
    );
  await expect(get()).rejects.toThrow('down');
  await expect(get()).rejects.toThrow('down');
  expect(asked).toBe(1);
  await sleep(1050);
  await expect(get()).rejects.toThrow('down');
  expect(asked).toBe(2);
});
