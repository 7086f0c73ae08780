import { describe, expect, it } from 'vitest';
import { Paces } from '../../src/profile/paces.ts';
import { Named, VirtualProfile } from './virtual.ts';

/** Units of a route of which every fortieth takes another way, and waits. */
async function taken(units: number) {
  const virtual = new VirtualProfile(0.1);
  virtual.start();
  for (let i = 1; i <= units; i++) {
    const work = new Named('/a');
    virtual.run(work, () => {
      virtual.pass('burn', 2, ['handler@/app/a.js:1', 'usual@/app/a.js:10']);
      const block = new Named('load', work);
      virtual.run(block, () => {
        if (i % 40 === 0) virtual.pass('burn', 6, ['handler@/app/a.js:1', 'rebuild@/app/a.js:20']);
        else virtual.pass('burn', 1, ['handler@/app/a.js:1', 'cached@/app/a.js:30']);
      });
    });
    virtual.run(new Named('/b'), () => virtual.pass('burn', 1, ['other@/app/b.js:1']));
  }
  return virtual;
}

describe('the slow units of a name', () => {
  it('are told apart from the others, with what each of the two used', async () => {
    const { profile, data } = await (await taken(200)).stop();
    const unit = profile.units.find(({ name }) => name === '/a')!;
    expect(unit.slow).toMatchObject({ count: 5, of: 200 });
    expect(unit.slow!.from).toBeCloseTo(3, 9);
    expect(unit.slow!.cpu).toBeCloseTo(5 * 8, 6);
    expect(unit.cpu).toBeCloseTo(5 * 8 + 195 * 3, 6);

    const names = (pace: 'slow' | 'usual') =>
      profile.functions({ route: '/a', pace }).map(({ name, cpu }) => [name, Math.round(cpu)]);
    expect(names('slow')).toEqual([
      ['rebuild', 30],
      ['usual', 10],
      ['handler', 40],
    ]);
    expect(names('usual').sort()).toEqual([
      ['cached', 195],
      ['handler', 585],
      ['usual', 390],
    ]);
    // A block's are its unit's.
    expect(profile.functions({ block: 'load', pace: 'slow' }).map(({ name }) => name)).toEqual([
      'rebuild',
      'handler',
    ]);
    // What is not asked for by pace is the same as ever.
    expect(profile.flame({ route: '/a' }).cpu).toBeCloseTo(unit.cpu, 6);
    // All of one length: none of them is slow.
    expect(profile.units.find(({ name }) => name === '/b')!.slow).toBeNull();
    expect(data.paces!.map(({ name }) => name)).toEqual(['/a']);
  });

  it('are none where there are too few', async () => {
    const virtual = await taken(0);
    for (let i = 1; i < 20; i++)
      virtual.run(new Named('/a'), () => virtual.pass('burn', i, ['a@/app/a.js:1']));
    const { profile } = await virtual.stop();
    expect(profile.units[0]!.slow).toBeNull();
    expect(profile.flame({ pace: 'slow' }).cpu).toBe(0);
  });

  it('have one that is open at the end among them, if it took as long by then', async () => {
    const virtual = await taken(100);
    const open = new Named('/a');
    virtual.engine.open(open, true);
    virtual.engine.run(open, () => virtual.pass('burn', 50, ['stuck@/app/a.js:40']), null, 0, 0, 0);
    const { profile } = await virtual.stop();
    expect(profile.functions({ pace: 'slow' })[0]).toMatchObject({ name: 'stuck' });
    expect(profile.units.find(({ name }) => name === '/a')!.slow).toMatchObject({ count: 3, of: 100 });
  });

  it('are found by a bounded number of walls', () => {
    const paces = new Paces();
    for (let i = 0; i < 100_000; i++) paces.add(7, i % 1000);
    const { from, units } = paces.limits().get(7)!;
    expect(units).toBe(100_000);
    expect(from).toBeGreaterThan(930);
    expect(from).toBeLessThan(970);
    const [walls] = [...(paces as unknown as { byOwner: Map<number, { kept: number[] }> }).byOwner.values()];
    expect(walls!.kept.length).toBeLessThanOrEqual(4096);
    expect(walls!.kept.length).toBeGreaterThan(1024);
  });
});
