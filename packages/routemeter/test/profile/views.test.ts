import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { installedFolder } from '../../../testkit/src/installed.ts';
import { openProfile } from '../../src/profile/route-profile.ts';
import type { CpuProfile } from '../../src/profile/views/cpuprofile.ts';
import { Named, VirtualProfile } from './virtual.ts';

/** Two routes that take turns, with idle time in between; samples are too few by a fifth. */
async function taken(every = 1.25) {
  const virtual = new VirtualProfile(every);
  virtual.start();
  for (let i = 0; i < 200; i++) {
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 2.2, ['handlerA@/app/a.js:10', 'first@/app/a.js:20']);
      virtual.pass('burn', 1.1, ['handlerA@/app/a.js:10', 'second;odd name@/app/a b.js:30']);
    });
    virtual.pass('rest', 1.7);
    virtual.run(new Named('/b'), () => {
      virtual.pass('burn', 0.6, ['handlerB@/app/b.js:10']);
      virtual.pass('stall', 4, ['handlerB@/app/b.js:10', 'readSync@node:fs:7', 'read@native']);
    });
  }
  return virtual.stop();
}

const used = (profile: Awaited<ReturnType<typeof taken>>['profile'], route: string) => {
  const { cpu, stalled } = profile.units.find(({ name }) => name === route)!;
  return cpu + stalled;
};

/** What each function takes by the time line: a sample lasts until the next one. */
function byTimeLine({ nodes, samples, timeDeltas, startTime, endTime }: CpuProfile): Map<string, number> {
  const names = new Map(nodes.map((node) => [node.id, node.callFrame.functionName]));
  const times = new Map<string, number>();
  let at = startTime;
  for (const [i, sample] of samples.entries()) {
    at += timeDeltas[i]!;
    const next = i + 1 < samples.length ? at + timeDeltas[i + 1]! : endTime;
    const name = names.get(sample)!;
    times.set(name, (times.get(name) ?? 0) + (next - at) / 1e3);
  }
  return times;
}

/** And by the counts, which share the whole span. */
function byHits({ nodes, startTime, endTime }: CpuProfile): Map<string, number> {
  const all = nodes.reduce((sum, { hitCount }) => sum + hitCount, 0);
  const times = new Map<string, number>();
  for (const { callFrame, hitCount } of nodes) {
    const ms = ((hitCount / all) * (endTime - startTime)) / 1e3;
    times.set(callFrame.functionName, (times.get(callFrame.functionName) ?? 0) + ms);
  }
  return times;
}

const busy = (times: Map<string, number>) =>
  [...times].reduce((sum, [name, ms]) => (name === '(idle)' ? sum : sum + ms), 0);

describe('a .cpuprofile of a route', () => {
  it('has the ledger’s times, whether a viewer adds up time or counts hits', async () => {
    const { profile } = await taken();
    for (const route of ['/a', '/b']) {
      const file = profile.cpuprofile({ route });
      const wanted = used(profile, route);
      for (const times of [byTimeLine(file), byHits(file)]) {
        expect(Math.abs(busy(times) - wanted) / wanted, route).toBeLessThan(0.002);
        for (const row of profile.functions({ route })) {
          const self = row.self.cpu + row.self.stalled;
          expect(Math.abs((times.get(row.name) ?? 0) - self), row.name).toBeLessThan(0.01 * wanted + 0.01);
        }
      }
      expect(file.timeDeltas.every((delta) => delta >= 0 && Number.isInteger(delta))).toBe(true);
      const whole = [...byTimeLine(file).values()].reduce((sum, ms) => sum + ms, 0);
      expect(whole).toBeCloseTo((file.endTime - file.startTime) / 1e3, 6);
    }
  });

  it('of several threads has them one after the other', async () => {
    const [one, two] = [await taken(), await taken(0.9)];
    const both = openProfile([one.data, two.data]);
    const file = both.cpuprofile({ route: '/a' });
    expect(busy(byTimeLine(file)) / (used(one.profile, '/a') + used(two.profile, '/a'))).toBeCloseTo(1, 2);
    expect(both.flame({ route: '/a' }).cpu).toBeCloseTo(used(both, '/a'), 6);
    const names = both.functions({ route: '/a' }).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('reads so in the model of Chrome DevTools', async () => {
    const folder = await installedFolder('devtools', {
      private: true,
      dependencies: { '@paulirish/trace_engine': TRACE_ENGINE },
    });
    const entry = join(folder, 'node_modules/@paulirish/trace_engine/models/cpu_profile/cpu_profile.js');
    const { CPUProfileDataModel } = (await import(pathToFileURL(entry).href)) as {
      CPUProfileDataModel: DevTools;
    };
    const { profile } = await taken();
    for (const route of ['/a', '/b']) {
      const model = new CPUProfileDataModel.CPUProfileDataModel(profile.cpuprofile({ route }));
      const times = new Map<string, number>();
      const left = [model.profileHead];
      for (let node = left.pop(); node !== undefined; node = left.pop()) {
        times.set(node.functionName, (times.get(node.functionName) ?? 0) + node.self);
        left.push(...node.children);
      }
      expect(busy(times) / used(profile, route)).toBeCloseTo(1, 2);
    }
  });
});

const TRACE_ENGINE = '0.0.65';

interface DevToolsNode {
  functionName: string;
  self: number;
  children: DevToolsNode[];
}
interface DevTools {
  CPUProfileDataModel: new (profile: CpuProfile) => { profileHead: DevToolsNode };
}

describe('folded stacks', () => {
  it('are whole µs of what the ledger has, without a separator in a name', async () => {
    const { profile } = await taken();
    const lines = profile.folded({ route: '/a' }).trimEnd().split('\n');
    let sum = 0;
    for (const line of lines) {
      const [, stack, us] = /^(.*) (\d+)$/.exec(line)!;
      sum += Number(us);
      expect(stack!.split(';').length, line).toBe(2);
    }
    expect(lines.some((line) => line.includes('second_odd name (a b.js:30)'))).toBe(true);
    expect(sum / 1e3).toBeCloseTo(used(profile, '/a'), 1);
  });
});

describe('a profile', () => {
  it('is the same after it was kept as JSON', async () => {
    const { profile, data } = await taken();
    const again = openProfile(JSON.parse(JSON.stringify([data])));
    expect(again.units).toEqual(profile.units);
    expect(again.flame({ route: '/b' })).toEqual(profile.flame({ route: '/b' }));
    expect(again.has({ route: '/b' })).toBe(true);
    expect(again.has({ route: '/c' })).toBe(false);
    expect(again.flame({ route: '/c' }).children).toEqual([]);
  });
});
