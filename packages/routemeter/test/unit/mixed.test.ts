import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import type { MeterStats } from '../../src/index.ts';
import { type CapturedMetric, readLines } from '../../src/testing/read.ts';

const run = promisify(execFile);
const nodes = await suiteNodes();

interface Told {
  requests: number;
  scheduled: number;
  truth: Record<string, number>;
  lines: string[];
  stats: MeterStats;
  /** Whether the truth is that of the thread's own clock; Node 20 has that of the process. */
  isThread: boolean;
}

const EACH = 100;
const NAMES = Array.from({ length: 20 }, (_, i) => `job${i}`);

let script: string;
beforeAll(async () => {
  script = await bundle(new URL('./scripts/mixed.ts', import.meta.url), 'units-mixed');
});

describe.each(nodes)(
  '2000 units over 20 names, 50 at once, beside requests, on Node $version',
  ({ path }) => {
    let told: Told;
    let metrics: CapturedMetric[];
    const of = (name: string, tags: Record<string, string>) =>
      metrics.filter(
        (one) => one.name === name && Object.entries(tags).every(([key, value]) => one.tags[key] === value),
      );
    const sum = (found: readonly CapturedMetric[]) =>
      found.reduce((all, { value }) => all + Number(value), 0);

    beforeAll(async () => {
      const env = { PATH: process.env.PATH ?? '' };
      const { stdout } = await run(path, [script], { env, timeout: 100_000, maxBuffer: 1e8 });
      told = JSON.parse(stdout) as Told;
      metrics = readLines(told.lines);
    });

    it('counts are exact: of units by outcome, of blocks, of requests', () => {
      for (const [i, work_name] of NAMES.entries()) {
        const metric = i % 2 === 0 ? 'messaging.process' : 'work.run';
        expect(of(metric, { work_name }).length).toBe(EACH);
        expect(of(metric, { work_name, outcome: 'error', error_type: 'Refused' }).length).toBe(EACH / 10);
        expect(of(metric, { work_name, outcome: 'retry' }).length).toBe(EACH / 10);
        expect(of(metric, { work_name, outcome: 'ok' }).length).toBe((EACH * 8) / 10);
        for (const leaf of ['cpu', 'loop_busy', 'stalled'])
          expect(of(`${metric}.${leaf}`, { work_name }).length).toBe(EACH);
        expect(of('step', { work_name }).length).toBe(EACH);
        expect(of('work.run', { work_name: `inner of ${work_name}` }).length).toBe(EACH / 10);
      }
      expect(of('work.run', { work_name: 'scheduled' }).length).toBe(told.scheduled);
      expect(of('inside', { work_name: 'scheduled' }).length).toBe(told.scheduled);
      expect(of('http.server.request', {}).length).toBe(told.requests);
      expect(
        metrics.filter(
          ({ name, tags }) => ['step', 'inside'].includes(name) && tags.http_route !== undefined,
        ),
      ).toEqual([]);
      const { samples, handed, waiting, dropped } = told.stats;
      expect([handed + waiting, dropped]).toEqual([samples, {}]);
    });

    it('CPU is that which their own code used, within a tenth, and nothing of it is on a route', () => {
      const works: Record<string, number> = {};
      for (const { name, value, tags } of metrics) {
        if (name !== 'work.run.cpu' && name !== 'messaging.process.cpu') continue;
        works[tags.work_name!] = (works[tags.work_name!] ?? 0) + Number(value);
      }
      const burnt = Object.entries(told.truth).filter(([whose]) => whose.startsWith('work '));
      expect(Object.keys(works).sort()).toEqual(burnt.map(([whose]) => whose.slice(5)).sort());
      const all = burnt.reduce((total, [, ms]) => total + ms, 0);
      const measured = Object.values(works).reduce((total, ms) => total + ms, 0);
      // What the engine, timers and promises of the units themselves cost is theirs, too: more on a slow machine, while
      // what they burn is as many milliseconds on any.
      const most = told.isThread ? 1.1 : 1.15;
      expect(measured / all).toBeGreaterThan(told.isThread ? 0.97 : 0.7);
      expect(measured / all).toBeLessThan(most);
      for (const [whose, ms] of burnt) {
        if (whose.includes('inner')) continue;
        expect(works[whose.slice(5)]! / ms).toBeGreaterThan(told.isThread ? 0.95 : 0.7);
      }
      for (const http_route of ['/a', '/b', '/schedules']) {
        const own = sum(of('http.server.request.cpu', { http_route }));
        expect(own / told.truth[`route ${http_route}`]!).toBeLessThan(3);
      }
      expect(sum(of('http.server.cpu_after', {}))).toBeLessThan(all * 0.01 + 2);
    });
  },
);
