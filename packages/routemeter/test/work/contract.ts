import { expect, test, vi } from 'vitest';
import { findThreadClock } from '../../src/attribution/thread-clock.ts';
import type { CapturedMetric } from '../../src/testing/index.ts';
import { units } from '../../src/work/follow-units.ts';
import { openStage, type Stage } from '../calls/stage.ts';

/** What a handler does with one unit. */
export type Act = 'quick' | 'burn' | 'fail' | 'late' | 'again';

/** What the application's handler is given: its name, and what the one who sent it wrote. */
export type Handle = (name: string, task: string) => Promise<unknown>;

/** A library that hands units to handlers, against its real server. */
export interface UnitDriver {
  title: string;
  modules: readonly unknown[];
  /** Of the tags of each unit. */
  kind: 'job' | 'message';
  system: string;
  /** The name of a unit as it is sent. */
  shown(name: string): string;
  /** The outcome of an attempt that fails for good, and of one that is made again. */
  outcomes: { fail: string; again: string };
  /** Whether an attempt that fails in the end is made again for ever: the contract then lets it pass the second time. */
  repeats?: boolean;
  /** The classes of errors that units end with; default both. */
  errors?: readonly unknown[];
  /** Units of each name, in tens; default 100. */
  each?: number;
  /** How often a unit is tried that fails the first time alone; default twice. */
  again?: 1 | 2;
  open(names: readonly string[], handle: Handle): Promise<OpenUnits>;
}

export interface OpenUnits {
  /** Sends one unit. */
  send(name: string, task: string): Promise<unknown>;
  close(): Promise<unknown>;
}

export class Late extends Error {}
export class Broken extends Error {}

const NAMES = Array.from({ length: 20 }, (_, at) => `task-${String.fromCharCode(97 + at)}`);
/** Of ten units of one name. */
const ACTS: readonly Act[] = [
  'quick',
  'fail',
  'again',
  'late',
  'burn',
  'quick',
  'quick',
  'quick',
  'quick',
  'quick',
];
const EACH = 100;
const BURN_MS = 4;
const HTTP = 400;

const { read } = findThreadClock(() => performance.now());

/** Uses as much CPU of this thread, however busy the machine is; returns how much that was. */
export function burn(ms: number): number {
  const from = read!();
  for (;;) {
    const used = read!() - from;
    if (used >= ms) return used;
  }
}

export const isUnit = ({ name }: CapturedMetric): boolean => name === 'messaging.process';
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The cases that every source of jobs and messages passes. */
export function unitContract(driver: UnitDriver): void {
  const { title, modules, shown, each = EACH } = driver;

  test(`${title}: ${each * NAMES.length} units over 20 names, 50 at once beside HTTP traffic: each counted once, CPU on its own`, async () => {
    const runs = { count: 0, burnt: 0, onRoutes: 0 };
    const stage = await openStage({
      '/burn': () => {
        runs.onRoutes += burn(BURN_MS);
      },
      '/quick': () => 'quick',
    });
    units(stage.meter, ...modules);
    const seen = new Set<string>();
    const opened = await driver.open(NAMES, async (_, task) => {
      const [act] = task.split(' ') as [Act];
      runs.count++;
      if (act === 'burn') runs.burnt += burn(BURN_MS);
      else await new Promise((resolve) => setTimeout(resolve, 1));
      const isFirst = !seen.has(task);
      seen.add(task);
      if (act === 'late') {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (isFirst || !driver.repeats) throw new Late('late');
      }
      if (act === 'fail' && (isFirst || !driver.repeats)) throw new Broken('broken');
      if (act === 'again' && isFirst) throw new Broken('again');
    });
    try {
      const fails = each / 10;
      const expected: Record<string, number> = {
        ok: each - 2 * fails + (driver.repeats ? 2 * fails : 0) - (driver.again === 1 ? fails : 0),
      };
      const { fail, again } = driver.outcomes;
      expected[fail] = (expected[fail] ?? 0) + 2 * fails;
      expected[again] = (expected[again] ?? 0) + fails;
      const total = NAMES.length * sum(Object.values(expected));
      const traffic = (async () => {
        for (let at = 0; at < HTTP; at += 10)
          await Promise.all(Array.from({ length: 10 }, (_, n) => stage.get(n === 0 ? '/burn' : '/quick')));
      })();
      for (let at = 0; at < each; at++)
        await Promise.all(NAMES.map((name) => opened.send(name, `${ACTS[at % 10]} ${name} ${at}`)));
      await traffic;
      await vi.waitFor(() => expect(runs.count).toBe(total), { timeout: 120_000, interval: 100 });
      await opened.close();
      const metrics = await ended(stage, total);
      const outcomes: Record<string, Record<string, number>> = {};
      for (const { tags } of metrics.filter(isUnit)) {
        const name = (outcomes[tags.work_name!] ??= {});
        name[tags.outcome!] = (name[tags.outcome!] ?? 0) + 1;
        expect(tags).toMatchObject({ work_kind: driver.kind, messaging_system: driver.system });
        expect(tags).not.toHaveProperty('http_route');
      }
      expect(outcomes).toEqual(Object.fromEntries(NAMES.map((name) => [shown(name), expected])));
      const errors = metrics.filter((one) => isUnit(one) && one.tags.outcome !== 'ok');
      expect(new Set(errors.map(({ tags }) => tags.error_type))).toEqual(
        new Set(driver.errors ?? ['Late', 'Broken']),
      );
      const cpu = metrics.filter(({ name }) => name === 'messaging.process.cpu');
      expect(cpu).toHaveLength(total);
      const routes = metrics.filter(({ name }) => name === 'http.server.request.cpu');
      expect(routes).toHaveLength(HTTP);
      // What the units burnt is theirs, beside little of the library's own in their contexts.
      const used = sum(cpu.map(({ value }) => Number(value)));
      expect(used).toBeGreaterThan(runs.burnt * 0.95);
      expect(used).toBeLessThan(runs.burnt * 1.05 + total * 1.5);
      const burning = routes.filter(({ tags }) => tags.http_route === '/burn');
      expect(sum(burning.map(({ value }) => Number(value)))).toBeGreaterThan(runs.onRoutes * 0.95);
      const quick = routes
        .filter(({ tags }) => tags.http_route === '/quick')
        .map(({ value }) => Number(value));
      expect(sum(quick) / quick.length).toBeLessThan(BURN_MS / 2);
    } finally {
      await stage.stop();
    }
  }, 240_000);

  test(`${title}: made inside one request and sent by another, a unit is on neither; its blocks are its own`, async () => {
    let opened: OpenUnits | null = null;
    let handled = 0;
    const stage: Stage = await openStage({
      '/open': async (meter) => {
        opened = await driver.open(NAMES.slice(0, 1), async () => {
          await meter.time('inside', async () => {
            burn(20);
            await new Promise((resolve) => setTimeout(resolve, 1));
          });
          handled++;
        });
      },
      '/send': () => opened!.send(NAMES[0]!, 'quick'),
    });
    units(stage.meter, ...modules);
    try {
      await stage.get('/open');
      for (let at = 0; at < 5; at++) await stage.get('/send');
      await vi.waitFor(() => expect(handled).toBe(5), { timeout: 60_000, interval: 20 });
      const metrics = await ended(stage, 5);
      const blocks = metrics.filter(({ name }) => name === 'inside').map(({ tags }) => tags);
      expect(blocks).toHaveLength(5);
      for (const tags of blocks) {
        expect(tags).toMatchObject({ work_name: shown(NAMES[0]!), work_kind: driver.kind });
        expect(tags).not.toHaveProperty('http_route');
      }
      const cpu = metrics.filter(({ name }) => name === 'messaging.process.cpu');
      for (const { value } of cpu) expect(Number(value)).toBeGreaterThan(15);
      const routes = metrics.filter(({ name }) => /^http\.server\.(request\.cpu|cpu_after)$/.test(name));
      const sends = routes.filter(({ tags }) => tags.http_route === '/send');
      expect(sum(sends.map(({ value }) => Number(value)))).toBeLessThan(5 * 15);
    } finally {
      await (opened as OpenUnits | null)?.close();
      await stage.stop();
    }
  });
}

/** Everything recorded, once as many units have ended. */
export async function ended(stage: Stage, count: number): Promise<CapturedMetric[]> {
  return vi.waitFor(
    async () => {
      const metrics = await stage.metrics();
      expect(metrics.filter(isUnit)).toHaveLength(count);
      return metrics;
    },
    { timeout: 60_000, interval: 50 },
  );
}
