import { expect, test } from 'vitest';
import { findThreadClock } from '../../src/attribution/thread-clock.ts';
import type { CapturedMetric, CaptureMeter } from '../../src/testing/index.ts';
import { units } from '../../src/work/follow-units.ts';
import { unitInstallation } from '../../src/work/installation.ts';
import { openStage, type Stage } from '../calls/stage.ts';
import { Broken, Late } from './contract.ts';

/** A library whose handlers can be called on demand, and answer. */
export interface HandledDriver {
  title: string;
  modules: readonly unknown[];
  /** The metric of a unit, and what each one carries. */
  metric: string;
  tags: Readonly<Record<string, string>>;
  /** `work_name` of a unit, from the name that it is made with. */
  shown(name: string): string;
  /** The outcome and class of an error that the handler throws. */
  failed: { outcome: string; error: string };
  /** How often all that each name does is called; default twice, and in the long form until there are 2000 units. */
  rounds?: number;
  /**
   * @param isFollowed for libraries that are followed by what is made of them, and not by their modules.
   * @param meter of the units, for what is given one.
   */
  open(
    names: readonly string[],
    handle: (name: string, act: string) => Promise<string>,
    isFollowed: boolean,
    meter: CaptureMeter,
  ): Promise<Handled>;
}

export interface Handled {
  /** Has a handler called, and tells what its caller saw: the answer, or the error as text. */
  call(name: string, act: string): Promise<string>;
  close(): unknown;
}

const processClock = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
/** Of this thread where it can be had: that of the process also counts other tests. */
const clock = findThreadClock(() => performance.now()).read ?? processClock;

/** Uses as much CPU, however busy the machine is; returns how much that was. */
export function burn(ms: number): number {
  const from = clock();
  for (;;) {
    const used = clock() - from;
    if (used >= ms) return used;
  }
}

/** The long form, as `npm run test:frameworks` has it. */
export const isFull = process.env.ROUTEMETER_FRAMEWORKS === 'full';

const NAMES = Array.from({ length: 20 }, (_, at) => `task-${String.fromCharCode(97 + at)}`);
/** Of ten calls of one name; `again` fails, and its caller then calls once more. */
const ACTS = ['quick', 'fail', 'burn', 'late', 'again', 'throw', 'quick', 'quick', 'quick', 'quick'];
const AT_ONCE = 50;
/** Long enough that what a library does around a handler is little beside it. */
const BURN_MS = 20;
/** So many names burn; the others are quick instead. */
const BURNING = 5;
const ROUTE_MS = 5;
const HTTP = 100;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const cpuOf = (metrics: readonly CapturedMetric[], name: string): number[] =>
  metrics.filter((one) => one.name === `${name}.cpu`).map(({ value }) => Number(value));

/** What the handlers of one run used, by the clock of the thread. */
class Handling {
  burnt = 0;
  private readonly isBurning: boolean;

  constructor(isBurning: boolean) {
    this.isBurning = isBurning;
  }

  readonly handle = async (name: string, act: string): Promise<string> => {
    if (act === 'throw') throw new Broken(`thrown ${name}`);
    if (act === 'burn' && this.isBurning && NAMES.indexOf(name) < BURNING) this.burnt += burn(BURN_MS);
    await new Promise((resolve) => setTimeout(resolve, act === 'late' ? 5 : 1));
    if (act === 'late') throw new Late(`late ${name}`);
    if (act === 'fail' || act === 'again') throw new Broken(`failed ${name}`);
    return `${act} ${name}`;
  };
}

/** Calls everything, as many at once; what the callers saw, sorted. */
async function callAll(handled: Handled, rounds: number): Promise<string[]> {
  const calls = Array.from({ length: rounds }, () =>
    ACTS.flatMap((act) => NAMES.map((name) => [name, act])),
  ).flat();
  const seen: string[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < calls.length; at = next++) {
      const [name, act] = calls[at] as [string, string];
      const told = await handled.call(name, act);
      seen[at] = act === 'again' ? `${told}, then ${await handled.call(name, 'quick')}` : told;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return seen.sort();
}

/** The cases that every source of handlers passes which are called and answer. */
export function handledContract(driver: HandledDriver): void {
  const { title, modules, metric, shown, rounds = isFull ? 10 : 2 } = driver;
  const { handle } = new Handling(false);
  const total = rounds * (ACTS.length + 1) * NAMES.length;
  const isUnit = ({ name }: CapturedMetric) => name === metric;

  test(
    `${title}: ${total} units over 20 names, 50 at once beside HTTP traffic: counted exactly, answers as without us`,
    async () => {
      let onRoutes = 0;
      const stage = await openStage({
        '/burn': () => {
          onRoutes += burn(ROUTE_MS);
        },
        '/quick': () => 'quick',
      });
      let handled: Handled | null = null;
      try {
        handled = await driver.open(NAMES, handle, false, stage.meter);
        const without = await callAll(handled, rounds);
        await handled.close();
        expect((await stage.metrics()).filter(isUnit)).toEqual([]);
        units(stage.meter, ...modules);
        const handling = new Handling(true);
        handled = await driver.open(NAMES, handling.handle, true, stage.meter);
        const traffic = (async () => {
          for (let at = 0; at < HTTP; at += 10)
            await Promise.all(Array.from({ length: 10 }, (_, n) => stage.get(n === 0 ? '/burn' : '/quick')));
        })();
        expect(await callAll(handled, rounds)).toEqual(without);
        await traffic;
        await handled.close();
        const metrics = await stage.metrics();
        const counted: Record<string, Record<string, number>> = {};
        for (const { tags } of metrics.filter(isUnit)) {
          const { work_name = '', outcome, error_type } = tags;
          const row = (counted[work_name] ??= {});
          const key = error_type === undefined ? outcome! : `${outcome} ${error_type}`;
          row[key] = (row[key] ?? 0) + 1;
          expect(tags).toMatchObject(driver.tags);
          expect(tags).not.toHaveProperty('http_route');
        }
        const { outcome, error } = driver.failed;
        const late = error === 'Broken' ? 'Late' : error;
        const expected: Record<string, number> = { ok: rounds * 7, [`${outcome} ${error}`]: rounds * 3 };
        expected[`${outcome} ${late}`] = (expected[`${outcome} ${late}`] ?? 0) + rounds;
        expect(counted).toEqual(Object.fromEntries(NAMES.map((name) => [shown(name), expected])));
        const cpu = cpuOf(metrics, metric);
        expect(cpu).toHaveLength(total);
        // Of each single one a reading of the clock can lie in the next.
        cpu.sort((a, b) => b - a);
        const [burning, others] = [cpu.slice(0, rounds * BURNING), cpu.slice(rounds * BURNING)];
        // What the library does for each unit is part of it: of one that burns as of the others.
        const usual = (sum(others) / others.length) * burning.length;
        expect(sum(burning) / handling.burnt).toBeGreaterThan(0.95);
        expect((sum(burning) - usual) / handling.burnt).toBeLessThan(1.05);
        const routes = metrics.filter(({ name }) => name === 'http.server.request');
        expect(routes.filter(({ tags }) => /^\/(burn|quick)$/.test(tags.http_route!))).toHaveLength(HTTP);
        const cpuOfRoute = (route: string) =>
          metrics
            .filter(({ name, tags }) => name === 'http.server.request.cpu' && tags.http_route === route)
            .map(({ value }) => Number(value));
        expect(sum(cpuOfRoute('/burn'))).toBeGreaterThan(onRoutes * 0.95);
        const quick = cpuOfRoute('/quick');
        expect(sum(quick) / quick.length).toBeLessThan(ROUTE_MS / 2);
      } finally {
        await handled?.close();
        await stage.stop();
        unitInstallation().remove();
      }
    },
    rounds * 60_000,
  );

  test(`${title}: what a request makes and calls is a unit of its own, none of it on the route`, async () => {
    let handled: Handled | null = null;
    const stage: Stage = await openStage({
      '/open': async (meter) => {
        handled = await driver.open(
          NAMES.slice(0, 1),
          async () => {
            await meter.time('inside', () => burn(20));
            return 'done';
          },
          true,
          meter,
        );
      },
      '/call': () => handled!.call(NAMES[0]!, 'quick'),
    });
    units(stage.meter, ...modules);
    try {
      await stage.get('/open');
      for (let at = 0; at < 3; at++) await stage.get('/call');
      const metrics = await stage.metrics();
      expect(metrics.filter(isUnit).map(({ tags }) => tags.work_name)).toEqual(
        Array(3).fill(shown(NAMES[0]!)),
      );
      const blocks = metrics.filter(({ name }) => name === 'inside').map(({ tags }) => tags);
      expect(blocks).toHaveLength(3);
      for (const tags of blocks) {
        expect(tags.work_name).toBe(shown(NAMES[0]!));
        expect(tags).not.toHaveProperty('http_route');
      }
      expect(sum(cpuOf(metrics, metric))).toBeGreaterThan(30);
      const routes = metrics.filter(
        ({ name, tags }) =>
          /^http\.server\.(request\.cpu|cpu_after)$/.test(name) &&
          /^\/(open|call)$/.test(tags.http_route ?? ''),
      );
      // Making what serves costs the request that does so; the 60 ms of the units are not among it.
      const called = routes
        .filter(({ tags }) => tags.http_route === '/call')
        .map(({ value }) => Number(value));
      expect(sum(called)).toBeLessThan(30);
    } finally {
      await (handled as Handled | null)?.close();
      await stage.stop();
      unitInstallation().remove();
    }
  });

  test(`${title}: by a meter that is off nothing is counted, and handlers answer as ever`, async () => {
    const stage = await openStage({}, { enabled: false });
    units(stage.meter, ...modules);
    const handled = await driver.open(NAMES.slice(0, 1), handle, true, stage.meter);
    try {
      expect(await handled.call(NAMES[0]!, 'quick')).toContain('quick');
      expect(await stage.metrics()).toEqual([]);
    } finally {
      await handled.close();
      await stage.stop();
      unitInstallation().remove();
    }
  });
}
