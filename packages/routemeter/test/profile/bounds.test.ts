import { describe, expect, it } from 'vitest';
import { Naming } from '../../src/meter/naming.ts';
import { clockOffset } from '../../src/profile/clock.ts';
import { wantedOf } from '../../src/profile/options.ts';
import { Owners } from '../../src/profile/owners.ts';
import { Rests } from '../../src/profile/rest.ts';
import { unwrapped } from '../../src/profile/source.ts';
import { expectedStall } from '../../src/profile/stall.ts';
import { Block } from '../../src/unit/block.ts';
import { Named, VirtualProfile } from './virtual.ts';

describe('the log of owners', () => {
  it('ends the profile when it is full, and tells what came before', async () => {
    let full = 0;
    const virtual = new VirtualProfile(1, { entries: 100, onFull: () => full++ });
    virtual.start();
    for (let i = 0; i < 200; i++) virtual.run(new Named('/a'), () => virtual.pass('burn', 1, ['a@/a.js:1']));
    expect(full).toBe(1);
    expect(virtual.log.size).toBe(100);
    const { profile, data } = await virtual.stop();
    expect(data.wall).toBeLessThanOrEqual(101);
    expect(profile.units.find(({ name }) => name === '/a')!.cpu).toBeCloseTo(data.wall, 6);
  });

  it('has a bound for works, too', () => {
    let full = 0;
    const virtual = new VirtualProfile(1, { works: 50, onFull: () => full++ });
    virtual.start();
    for (let i = 0; i < 80; i++) virtual.run(new Named('/a'), () => virtual.pass('burn', 1, ['a@/a.js:1']));
    expect(full).toBe(1);
  });

  it('grows over many chunks without losing an entry', async () => {
    const virtual = new VirtualProfile(10);
    virtual.start();
    const [a, b] = [new Named('/a'), new Named('/b')];
    for (const work of [a, b]) virtual.engine.open(work, true);
    const changes = 150_000;
    for (let i = 0; i < changes; i++) {
      virtual.engine.run(i % 2 === 0 ? a : b, () => virtual.clock.burn(0.01), null, 0, 0, 0);
    }
    const { profile } = await virtual.stop();
    expect(virtual.log.size).toBeGreaterThanOrEqual(changes);
    for (const name of ['/a', '/b']) {
      expect(profile.units.find((unit) => unit.name === name)!.cpu).toBeCloseTo(750, 4);
    }
  });

  it('lets go of works that have ended', () => {
    const virtual = new VirtualProfile();
    virtual.start();
    let most = 0;
    for (let i = 0; i < 20_000; i++) {
      virtual.run(new Named(`/${i % 5}`), () => virtual.clock.burn(0.1));
      most = Math.max(most, virtual.log.holding);
    }
    expect(most).toBeGreaterThan(20);
    expect(most).toBeLessThanOrEqual(33);
  });

  it('tells so many names apart, and puts the rest together without losing time', async () => {
    const virtual = new VirtualProfile(1, { owners: 10 });
    virtual.start();
    for (let i = 0; i < 50; i++)
      virtual.run(new Named(`/${i}`), () => virtual.pass('burn', 1, ['a@/a.js:1']));
    const { profile } = await virtual.stop();
    expect(virtual.log.owners.length).toBe(10);
    expect(profile.units[0]).toMatchObject({ kind: 'other' });
    expect(profile.units.reduce((sum, { cpu }) => sum + cpu, 0)).toBeCloseTo(50, 9);
  });

  it('knows a name by its text, too, and forgets the objects that had it when there are many', () => {
    const owners = new Owners(100);
    const { byName } = owners as unknown as { byName: Map<object, unknown> };
    let most = 0;
    for (let i = 0; i < 20_000; i++) {
      const place = owners.of({ kind: 'http', name: `/${i % 3}`, method: 'GET' });
      expect(owners.all[owners.index(place)]).toMatchObject({ name: `/${i % 3}`, blocks: [] });
      const block = owners.index(owners.within(place, 'load'));
      expect(owners.all[block]).toMatchObject({ name: `/${i % 3}`, blocks: ['load'] });
      most = Math.max(most, byName.size);
    }
    expect(owners.all.length).toBe(6);
    expect(most).toBe(8192);
  });

  it('keeps no block that came when it was full', () => {
    const owners = new Owners(10);
    const place = owners.of({ kind: 'http', name: '/a', method: 'GET' });
    for (let i = 0; i < 100; i++) owners.index(owners.within(place, `block ${i}`));
    expect(owners.all.length).toBe(10);
    expect(place.within!.size).toBeLessThan(10);
    expect(owners.all.at(-1)).toMatchObject({ kind: 'other', blocks: [] });
  });

  it('gives blocks outside of units one name each, of so many', () => {
    const naming = new Naming();
    const { blocks } = naming as unknown as { blocks: Map<string, unknown> };
    const named = (name: string) => naming.nameOf(new Block(name, null, null as never, undefined));
    expect(named('a')).toBe(named('a'));
    expect(named('a')).toEqual({ kind: 'block', name: 'a', method: '' });
    let most = 0;
    for (let i = 0; i < 3000; i++) {
      named(`block ${i}`);
      most = Math.max(most, blocks.size);
    }
    expect(most).toBe(1024);
  });

  it('knows works of an earlier profile as new ones', async () => {
    const work = new Named('/long');
    for (let round = 0; round < 2; round++) {
      const virtual = new VirtualProfile();
      virtual.start();
      work.ended = false;
      virtual.engine.open(work, true);
      virtual.engine.run(work, () => virtual.pass('burn', 5, ['a@/a.js:1']), null, 0, 0, 0);
      const { profile } = await virtual.stop();
      expect(profile.units[0]).toMatchObject({ name: '/long', samples: 5, cpu: expect.closeTo(5, 9) });
    }
  });

  it('is not told to a second one', () => {
    const [first, second] = [new VirtualProfile(), new VirtualProfile()];
    first.start();
    expect(first.engine.follow(second.log, null)).toBeNull();
    expect(first.engine.follow(null, first.log)).not.toBeNull();
    expect(first.engine.follow(second.log, null)).not.toBeNull();
  });
});

describe('clocks', () => {
  it('are compared by the closest of many pairs: the thread may be taken off its core between two readings', () => {
    let now = 100;
    let pair = 0;
    // The reading lies anywhere between the two stamps, of which all pairs but one are far apart.
    const stamp = () => {
      const value = now + 7_000;
      now += pair++ % 2 === 0 ? (pair === 61 ? 0.001 : 3) : 0.5;
      return value;
    };
    expect(clockOffset(() => now, stamp)).toBeCloseTo(7_000, 2);
  });

  it('of V8 are told apart from what 32 bits hold of them', () => {
    const wrap = 2 ** 32;
    for (const at of [5, wrap - 3, wrap + 9, 17_877_996_881, 40 * wrap + 1]) {
      expect(unwrapped(at % wrap, at + 80_000)).toBe(at);
      // As a signed number, too.
      expect(unwrapped((at % wrap) | 0, at - 80_000)).toBe(at);
    }
  });
});

describe('options', () => {
  it('have defaults, and bounds', () => {
    expect(wantedOf({})).toEqual({
      seconds: 10,
      interval: 1,
      maxStall: 500,
      force: false,
      signal: undefined,
    });
    for (const [wrong, code] of [
      [{ seconds: 31 }, 'RM_OPTION_INVALID'],
      [{ seconds: Number.NaN }, 'RM_OPTION_INVALID'],
      [{ interval: 0.1 }, 'RM_OPTION_INVALID'],
      [{ force: 'yes' }, 'RM_OPTION_INVALID'],
      [{ signal: {} }, 'RM_OPTION_INVALID'],
      [{ second: 3 }, 'RM_OPTION_UNKNOWN'],
    ] as const) {
      expect(() => wantedOf(wrong as never), JSON.stringify(wrong)).toThrow(
        expect.objectContaining({ code }),
      );
    }
  });

  it('tell of a stall that grows with the heap', () => {
    const mb = 1024 * 1024;
    expect(expectedStall(4 * mb)).toBeLessThan(60);
    expect(expectedStall(410 * mb) - expectedStall(110 * mb)).toBeGreaterThan(150);
  });
});

describe('what telling whose the samples are takes', () => {
  it('is 4 ms of a turn of the loop, and a tenth of those that are longer', async () => {
    let ms = 0;
    const rests = new Rests(() => ms);
    ms = 3;
    expect(rests.due).toBe(false);
    ms = 4;
    expect(rests.due).toBe(true);
    const turn = async (long: number) => {
      const taken = rests.take();
      ms += long;
      await taken;
    };
    await turn(10);
    ms += 4;
    expect(rests.due).toBe(true);
    await turn(1000);
    ms += 99;
    expect(rests.due).toBe(false);
    ms += 1;
    expect(rests.due).toBe(true);
  });
});
