import { expect, test, vi } from 'vitest';
import type { CapturedMetric } from '../../src/testing/index.ts';
import { units } from '../../src/work/follow-units.ts';
import { unitInstallation } from '../../src/work/installation.ts';
import { openStage } from '../calls/stage.ts';
import { Broken, burn, Late } from './contract.ts';
import { isFull } from './handled.ts';

/** A library whose handlers answer callers, under everything that callers and handlers do. */
export interface MixedDriver {
  title: string;
  modules: readonly unknown[];
  metric: string;
  tags: Readonly<Record<string, string>>;
  /** `work_name` of a unit, from the name that it is made with. */
  shown(name: string): string;
  /** How units of each act end, as `endOf` tells it; of several ways the first that comes, where that is a race. */
  ends: Readonly<Record<string, string | readonly string[]>>;
  /** Whether the library's client makes a failed attempt again by itself. */
  retries?: boolean;
  open(names: readonly string[], handle: MixedHandle): Promise<Mixed>;
}

/** What the application does. @param id the same in each attempt. */
export type MixedHandle = (act: string, id: string) => Promise<string>;

export interface Mixed {
  /** Calls a handler, and resolves when its caller has the answer, or has given up. */
  call(name: string, act: string, id: string): Promise<unknown>;
  close(): unknown;
}

/** In the long form 2000 units and more. */
const EACH = isFull ? 100 : 20;
const NAMES = Array.from({ length: 20 }, (_, at) => `task_${String.fromCharCode(97 + at)}`);
/** These do nothing but use CPU, so that it can be told how much each of them has. */
const BURNING = NAMES.slice(-2);
const BURN_MS = 20;
/** As much as a unit has alone that was charged with somebody else's burning. */
const BURNT = BURN_MS * 0.9;
const AT_ONCE = 50;
const HTTP = 100;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Outcome, class of the error and status of a unit. */
const endOf = ({ outcome, error_type, rpc_response_status_code }: CapturedMetric['tags']): string =>
  [outcome, error_type, rpc_response_status_code].filter(Boolean).join(' ');

export function mixedContract(driver: MixedDriver): void {
  const { title, metric, shown, ends } = driver;
  const acts = Object.keys(ends).filter((act) => act !== 'burn');
  const actsOf = (name: string) => (BURNING.includes(name) ? ['burn'] : acts);
  const plan = NAMES.flatMap((name) =>
    Array.from({ length: EACH }, (_, at) => ({ name, act: actsOf(name)[at % actsOf(name).length]!, at })),
  );

  test(`${title}: ${plan.length} calls with errors, retries and time-outs, 50 at once beside HTTP traffic: each counted once, CPU on its own`, async () => {
    const burnt = { units: 0, routes: 0 };
    const stage = await openStage({
      '/burn': () => {
        burnt.routes += burn(BURN_MS);
      },
      '/quick': () => 'quick',
    });
    const seen = new Set<string>();
    const handle: MixedHandle = async (act, id) => {
      const isFirst = !seen.has(id);
      seen.add(id);
      if (act === 'burn') burnt.units += burn(BURN_MS);
      else await new Promise((resolve) => setTimeout(resolve, act === 'late' ? 5 : 1));
      if (act === 'late') throw new Late('late');
      if (act === 'fail' || (act === 'again' && isFirst)) throw new Broken('broken');
      return act;
    };
    units(stage.meter, ...driver.modules);
    const opened = await driver.open(NAMES, handle);
    try {
      const traffic = (async () => {
        for (let at = 0; at < HTTP; at += 10)
          await Promise.all(Array.from({ length: 10 }, (_, n) => stage.get(n === 0 ? '/burn' : '/quick')));
      })();
      const calls = plan[Symbol.iterator]();
      const caller = async () => {
        for (const { name, act, at } of calls)
          for (let tries = act === 'again' && !driver.retries ? 2 : 1; tries > 0; tries--)
            await opened.call(name, act, `${name} ${at}`);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, caller));
      await traffic;
      const total = plan.length + plan.filter(({ act }) => act === 'again').length;
      const metrics = await vi.waitFor(
        async () => {
          const found = await stage.metrics();
          expect(found.filter(({ name }) => name === metric)).toHaveLength(total);
          return found;
        },
        { timeout: 60_000, interval: 50 },
      );
      const left = new Map(NAMES.map((name) => [shown(name), expectedOf(name)]));
      for (const { tags } of metrics.filter(({ name }) => name === metric)) {
        const ways = left.get(tags.work_name!);
        const at = ways?.findIndex((way) => way.includes(endOf(tags))) ?? -1;
        expect(at, `${tags.work_name}: ${endOf(tags)}`).not.toBe(-1);
        ways!.splice(at, 1);
        expect(tags).toMatchObject(driver.tags);
        expect(tags).not.toHaveProperty('http_route');
      }
      expect([...left.values()].flat()).toEqual([]);
      const cpuOf = (name: string, is: (tags: CapturedMetric['tags']) => boolean) =>
        metrics.filter((one) => one.name === name && is(one.tags)).map(({ value }) => Number(value));
      const burning = BURNING.map(shown);
      const own = cpuOf(`${metric}.cpu`, ({ work_name }) => burning.includes(work_name!));
      expect(own).toHaveLength(BURNING.length * EACH);
      expect(sum(own)).toBeGreaterThan(burnt.units * 0.95);
      // Beside what the library does for each of them.
      expect(sum(own)).toBeLessThan(burnt.units * 1.05 + own.length);
      const others = cpuOf(`${metric}.cpu`, ({ work_name }) => !burning.includes(work_name!));
      expect(others).toHaveLength(total - own.length);
      expect(others.filter((ms) => ms >= BURNT)).toEqual([]);
      const routes = cpuOf('http.server.request.cpu', ({ http_route }) => http_route === '/burn');
      expect(routes).toHaveLength(HTTP / 10);
      expect(sum(routes)).toBeGreaterThan(burnt.routes * 0.95);
      const quick = cpuOf('http.server.request.cpu', ({ http_route }) => http_route === '/quick');
      expect(quick).toHaveLength(HTTP - routes.length);
      expect(quick.filter((ms) => ms >= BURNT)).toEqual([]);
    } finally {
      await opened.close();
      await stage.stop();
      unitInstallation().remove();
    }
  }, 240_000);

  /** In what ways each unit of a name may end. Those with the most are last, so that they are what is left over. */
  function expectedOf(name: string): Array<readonly string[]> {
    const found = plan
      .filter((one) => one.name === name)
      .flatMap(({ act }) => (act === 'again' ? ['fails', 'quick'] : [act]))
      .map((act) => [ends[act === 'fails' ? 'again' : act]!].flat());
    return found.sort((a, b) => a.length - b.length);
  }
}
