import { beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { measureHosts } from '../hosts/main.mjs';
// @ts-expect-error: a script without types
import { seriesOf } from '../hosts/series.mjs';
// @ts-expect-error: a script without types
import { measureMemory } from '../memory/main.mjs';
// @ts-expect-error: a script without types
import { measureScaling } from '../scaling/main.mjs';
import { built } from './built.ts';

const node = { path: process.execPath };
const log = () => {};

beforeAll(built);

describe('what a host sends', () => {
  it('counts series and custom metrics by name, tags and type', () => {
    const text = 'a:1:2|d|#x:1,y:2\na:3|d|#y:2,x:1\nhits:1|c\nhits:1|c|#x:1\nload:1|g';
    expect(seriesOf(text)).toEqual({ series: 4, customMetrics: 8 });
    expect(() => seriesOf('nonsense')).toThrow('not a line of StatsD: nonsense');
  });

  it('is the same each time: 50 routes with two statuses', async () => {
    const conditions = { node, log, seconds: 3, perSecond: 50, only: ['Routemeter, wall'] };
    const { subjects } = await measureHosts(conditions);
    expect(subjects['Routemeter, wall']).toMatchObject({ seriesPerAgent: 100, customMetrics: 500_000 });
    const again = await measureHosts(conditions);
    const { packetsPerSecond } = subjects['Routemeter, wall'];
    expect(again.subjects['Routemeter, wall'].packetsPerSecond).toBe(packetsPerSecond);
  });
});

describe('the meter over time', () => {
  it('hands over every sample of 2000 series, and its memory stays where it is', async () => {
    const found = await measureMemory({ node, log, seconds: 120 });
    expect(found).toMatchObject({ samples: 120_000, handed: 120_000, series: 2000, folded: 0 });
    // Warm after two simulated minutes; an hour's leak of a hundred bytes a second would be 0.3 MB.
    expect(found.mostMb - found.leastMb).toBeLessThan(2);
  });
});

describe('a request with so many tags', () => {
  it('is measured at each point, and a line is laid through them', async () => {
    const { dimensions } = await measureScaling({ node, log, quick: true, requests: 20, only: ['tags'] });
    const { points, cost, memory } = dimensions.tags;
    expect(points.map(({ x }: { x: number }) => x)).toEqual([0, 5, 20]);
    for (const { addedUs, bytes } of points) {
      expect(addedUs).toEqual([expect.any(Number)]);
      expect(bytes[0]).toBeGreaterThan(0);
    }
    for (const { slope, r2 } of [cost, memory]) {
      expect(Number.isFinite(slope)).toBe(true);
      expect(r2).toBeLessThanOrEqual(1);
    }
  });
});
