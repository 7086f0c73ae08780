import { describe, expect, it } from 'vitest';
import type { FlameNode } from '../../src/profile/views/flame.ts';
import { Named, VirtualProfile } from './virtual.ts';

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const own = (node: FlameNode): number => node.self.cpu + node.self.stalled + sum(node.children.map(own));

/** `name(self cpu + stalled)` of each function, from the root in. */
const shape = (node: FlameNode): unknown =>
  node.children.length === 0 ? node.name : { [node.name]: node.children.map(shape) };

const LOOP = ['processTimers@node:internal/timers:1', 'listOnTimeout@node:internal/timers:2'];

describe('the join', () => {
  it('gives each sample to whom the ledger charged at that moment, in whatever order', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    const [a, b] = [new Named('/a'), new Named('/b')];
    for (let i = 0; i < 50; i++) {
      virtual.run(new Named('/a'), () =>
        virtual.pass('burn', 3, ['handlerA@/app/a.js:10', 'shared@/app/s.js:1']),
      );
      virtual.pass('rest', 2);
      virtual.run(new Named('/b'), () =>
        virtual.pass('burn', 1, ['handlerB@/app/b.js:10', 'shared@/app/s.js:1']),
      );
    }
    // Works that stay open get their name at the end.
    for (const work of [a, b]) {
      virtual.engine.open(work, true);
      virtual.engine.run(work, () => virtual.pass('burn', 4, [`${work.name}@/app/open.js:1`]), null, 0, 0, 0);
    }
    const raw = virtual.raw();
    // V8 may hand samples over out of order.
    const [swap] = [raw.timeDeltas.findIndex((delta, i) => i > 10 && delta > 0)];
    const deltas = [...raw.timeDeltas];
    const samples = [...raw.samples];
    [samples[swap], samples[swap + 1]] = [samples[swap + 1]!, samples[swap]!];
    const [one, two, three] = [deltas[swap]!, deltas[swap + 1]!, deltas[swap + 2]!];
    [deltas[swap], deltas[swap + 1], deltas[swap + 2]] = [one + two, -two, two + three];
    const { profile, data } = await virtual.stop({ ...raw, samples, timeDeltas: deltas });

    const units = new Map(profile.units.map((unit) => [unit.name, unit]));
    expect(units.get('/a')!.cpu).toBeCloseTo(154, 9);
    expect(units.get('/b')!.cpu).toBeCloseTo(54, 9);
    expect(data.idle).toBe(100);
    const names = (route: string) => profile.functions({ route }).map(({ name }) => name);
    expect(names('/a').sort()).toEqual(['/a', 'handlerA', 'shared']);
    expect(names('/b').sort()).toEqual(['/b', 'handlerB', 'shared']);
  });

  it('is as large as the ledger says, whatever the number of samples', async () => {
    // One sample for ten milliseconds, and a block that none of them meets.
    const virtual = new VirtualProfile(10);
    virtual.start();
    const root = new Named('/a');
    virtual.run(root, () => {
      virtual.pass('burn', 21, ['one@/app/a.js:1']);
      virtual.pass('burn', 13, ['two@/app/a.js:9']);
      const block = new Named('tiny', root);
      virtual.run(block, () => virtual.pass('burn', 0.5, ['tiny@/app/a.js:20']));
    });
    const { profile } = await virtual.stop();
    const tree = profile.flame({ route: '/a' });
    expect(tree.cpu).toBeCloseTo(34.5, 9);
    expect(own(tree)).toBeCloseTo(34.5, 9);
    expect(tree.children.map(({ name }) => name).sort()).toEqual(['(no sample)', 'one', 'two']);
    const block = profile.units[0]!.blocks[0]!;
    expect([block.name, block.samples]).toEqual(['tiny', 0]);
    expect(block.cpu).toBeCloseTo(0.5, 9);
    expect(profile.flame({ block: 'tiny' }).cpu).toBeCloseTo(0.5, 9);
  });

  it('leaves what was sampled before the first and after the last stretch', async () => {
    const virtual = new VirtualProfile();
    virtual.pass('burn', 20, ['before@/app/a.js:1']);
    virtual.start();
    virtual.pass('burn', 5, ['within@/app/a.js:2']);
    virtual.engine.follow(null, virtual.log);
    virtual.pass('burn', 20, ['after@/app/a.js:3']);
    const { profile } = await virtual.stop();
    expect(profile.functions().map(({ name, samples }) => [name, samples])).toEqual([['within', 5]]);
    expect(profile.units.map(({ kind }) => kind)).toEqual(['outside']);
  });

  it('cuts the ways of the loop into one handler, and shows them where nothing follows', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 4, [...LOOP, 'handler@/app/a.js:10', 'readFileSync@node:fs:5']);
      virtual.pass('burn', 4, [
        'processTicksAndRejections@node:internal/process/task_queues:7',
        'handler@/app/a.js:10',
      ]);
      virtual.pass('burn', 2, [...LOOP, 'runNextTicks@node:internal/process/task_queues:3']);
      virtual.pass('burn', 2, ['(garbage collector)']);
    });
    const { profile } = await virtual.stop();
    expect(shape(profile.flame({ route: '/a' }))).toEqual({
      '(all)': [
        { handler: ['readFileSync'] },
        { processTimers: [{ listOnTimeout: ['runNextTicks'] }] },
        '(garbage collection)',
      ],
    });
  });

  it('shows our own code as one frame, and none of it between two of the application', async () => {
    const dist = '/srv/node_modules/routemeter/dist/create-x.mjs';
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 4, [
        'emit@node:events:1',
        `emit@${dist}:5`,
        'run@node:async_hooks:2',
        `call@${dist}:9`,
        'handler@file:///srv/app.js:3',
      ]);
      virtual.pass('burn', 3, [
        'emit@node:events:1',
        `emit@${dist}:5`,
        'now@node:internal/perf/utils:4',
        'now@native',
      ]);
      // What we stand around, the application has asked for.
      virtual.pass('burn', 2, ['handler@file:///srv/app.js:3', `get@${dist}:50`, 'request@node:http:9']);
      virtual.pass('burn', 1, ['handler@file:///srv/app.js:3', `get@${dist}:50`]);
    });
    const { profile } = await virtual.stop();
    const tree = profile.flame({ route: '/a' });
    expect(shape(tree)).toEqual({ '(all)': [{ handler: ['request', 'routemeter'] }, 'routemeter'] });
    expect(tree.children[0]!.file).toBe('/srv/app.js');
    expect(tree.children[1]!.self.samples).toBe(3);
  });

  it('leaves what V8 notes beside its samples, when it throws compiled code away', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 6, ['one@/app/a.js:1']);
      virtual.pass('burn', 6, ['two@/app/a.js:9']);
    });
    const raw = virtual.raw();
    const hits = new Map<number, number>();
    for (const id of raw.samples) hits.set(id, (hits.get(id) ?? 0) + 1);
    const nodes = raw.nodes.map((node) => ({ ...node, hitCount: hits.get(node.id) ?? 0 }));
    // Fifty of them right after the third sample, in the function that runs then.
    const samples = [...raw.samples];
    const timeDeltas = [...raw.timeDeltas];
    samples.splice(3, 0, ...new Array(50).fill(samples[2]!));
    timeDeltas.splice(3, 0, ...new Array(50).fill(2));
    timeDeltas[53]! -= 100;
    const { profile } = await virtual.stop({ ...raw, nodes, samples, timeDeltas });
    const rows = profile.functions({ route: '/a' }).map(({ name, samples, cpu }) => [name, samples, cpu]);
    expect(rows.sort()).toEqual([
      ['one', 6, expect.closeTo(6, 9)],
      ['two', 6, expect.closeTo(6, 9)],
    ]);
  });

  it('counts a function that calls itself once', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () =>
      virtual.pass('burn', 10, ['walk@/app/a.js:1', 'step@/app/a.js:2', 'walk@/app/a.js:1']),
    );
    const { profile } = await virtual.stop();
    const [walk, step] = profile.functions({ route: '/a' });
    expect([walk!.name, walk!.cpu, walk!.self.cpu]).toEqual([
      'walk',
      expect.closeTo(10, 9),
      expect.closeTo(10, 9),
    ]);
    expect([step!.name, step!.cpu, step!.self.cpu]).toEqual(['step', expect.closeTo(10, 9), 0]);
  });
});

describe('what holds the loop', () => {
  it('is told by name, and stands where it was: not where the code computes', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    for (let i = 0; i < 3; i++) {
      virtual.run(new Named('/report'), () => {
        virtual.pass('burn', 50, ['report@/app/report.js:41', 'compute@/app/report.js:9']);
        virtual.pass('stall', 200, [
          'report@/app/report.js:41',
          'spawnSync@node:child_process:8',
          'spawn@native',
        ]);
      });
    }
    const { profile } = await virtual.stop();
    const [hold] = profile.holds({ route: '/report' });
    expect(hold).toMatchObject({ call: 'spawnSync', count: 3, caller: { name: 'report', line: 41 } });
    expect(hold!.total).toBeCloseTo(600, 0);
    expect(hold!.longest).toBeCloseTo(200, 0);
    const by = new Map(profile.functions({ route: '/report' }).map((row) => [row.name, row.self]));
    expect(by.get('compute')!.cpu).toBeCloseTo(150, 0);
    expect(by.get('compute')!.stalled).toBeLessThan(3);
    expect(by.get('spawn')!.stalled).toBeCloseTo(600, -1);
    expect(by.get('spawn')!.cpu).toBeLessThan(3);
  });

  it('is nobody’s call where another process has the core: such time is spread over all', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 8, ['compute@/app/a.js:1']);
      // Off its core a thread is not sampled.
      virtual.clock.stall(12);
      virtual.pass('burn', 1, ['compute@/app/a.js:1', 'now@native']);
    });
    const raw = virtual.raw();
    const isOff = raw.timeDeltas.map(() => false);
    let at = 0;
    for (const [i, delta] of raw.timeDeltas.entries()) isOff[i] = (at += delta) > 8_000 && at < 20_000;
    const kept = raw.samples.flatMap((_, i) => (isOff[i] ? [] : [i]));
    let last = 0;
    const times = raw.timeDeltas.map((delta) => (last += delta));
    const { profile } = await virtual.stop({
      ...raw,
      samples: kept.map((i) => raw.samples[i]!),
      timeDeltas: kept.map((i, j) => times[i]! - (j === 0 ? 0 : times[kept[j - 1]!]!)),
    });
    expect(profile.holds()).toEqual([]);
    const tree = profile.flame({ route: '/a' });
    expect(tree.stalled).toBeCloseTo(12, 9);
    const compute = profile.functions({ route: '/a' }).find(({ name }) => name === 'compute')!;
    expect(compute.self.stalled).toBeGreaterThan(8);
  });

  it('leaves the CPU where it was used: what lost its core is sampled no less for it', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => virtual.pass('burn', 10, ['free@/app/a.js:1']));
    // Off its core a thread is not sampled.
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 10, ['held@/app/a.js:9']);
      virtual.pass('stall', 90, ['off the core']);
    });
    const raw = virtual.raw();
    const off = raw.nodes.find(({ callFrame }) => callFrame.functionName === 'off the core')!.id;
    const count = raw.samples.indexOf(off);
    const { profile } = await virtual.stop({
      ...raw,
      samples: raw.samples.slice(0, count),
      timeDeltas: raw.timeDeltas.slice(0, count),
    });
    const by = new Map(profile.functions({ route: '/a' }).map((row) => [row.name, row.self]));
    expect(by.get('free')).toEqual({ samples: 10, cpu: expect.closeTo(10, 2), stalled: 0 });
    expect(by.get('held')).toEqual({
      samples: 10,
      cpu: expect.closeTo(10, 2),
      stalled: expect.closeTo(90, 2),
    });
  });

  it('is no CPU, where a stretch has no room for it but in the one sample of a call', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => virtual.pass('burn', 10, ['free@/app/a.js:1']));
    // The only sample of this stretch is in a native function, and the thread was off its core for most of it.
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 1, ['clock@/app/a.js:9', 'now@native']);
      virtual.clock.stall(20);
    });
    const raw = virtual.raw();
    const { profile } = await virtual.stop(raw);
    const by = new Map(profile.functions({ route: '/a' }).map((row) => [row.name, row.self]));
    expect(by.get('free')!.cpu).toBeCloseTo(10, 1);
    expect(by.get('now')).toMatchObject({ cpu: expect.closeTo(1, 1), stalled: expect.closeTo(20, 9) });
  });

  it('is no call of code that cannot wait, however long it takes', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => {
      virtual.pass('stall', 40, ['handler@/app/a.js:1', 'fetch@node:internal/deps/undici/undici:9']);
    });
    const { profile } = await virtual.stop();
    expect(profile.holds()).toEqual([]);
    expect(profile.units[0]).toMatchObject({ name: '/a', stalled: expect.closeTo(40, 9) });
  });

  it('is code that does not run, where a debugger pauses it', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 4, ['handler@/app/a.js:1', 'compute@/app/a.js:9']);
      virtual.pass('stall', 300, ['handler@/app/a.js:1']);
      // What sampling it used meanwhile.
      virtual.clock.burn(3);
    });
    const { profile } = await virtual.stop();
    expect(profile.holds()).toEqual([]);
    const by = new Map(profile.functions({ route: '/a' }).map((row) => [row.name, row.self]));
    expect(by.get('compute')!.cpu).toBeCloseTo(4, 0);
    expect(by.get('compute')!.stalled).toBeLessThan(0.1);
    expect(by.get('handler')!.cpu).toBe(0);
    expect(by.get('(not running)')!.stalled).toBeCloseTo(300, 9);
    expect(by.get('(not running)')!.cpu).toBeLessThan(4);
  });

  it('is no call that computes for longer than it waits, though another process had the core for a while', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    virtual.run(new Named('/a'), () => {
      virtual.pass('burn', 50, ['sign@/app/a.js:1', 'sign@node:internal/crypto/sig:3', 'signOne@native']);
      virtual.pass('stall', 20, ['sign@/app/a.js:1', 'sign@node:internal/crypto/sig:3', 'signOne@native']);
    });
    const { profile } = await virtual.stop();
    expect(profile.holds()).toEqual([]);
    expect(profile.units[0]).toMatchObject({ name: '/a', stalled: expect.closeTo(20, 9) });
  });

  it('is found among waits that the sampler hid from the counter of idle time', async () => {
    const virtual = new VirtualProfile();
    virtual.start();
    const work = new Named('/a');
    const { clock, engine } = virtual;
    engine.open(work, true);
    engine.run(work, () => virtual.pass('burn', 5, ['first@/app/a.js:1']), null, 0, 0, 0);
    // A continuation: nothing is booked at its end, and what Node counts as idle is the last of its wait.
    engine.hold(work);
    engine.run(work, () => {}, null, 0, 0, 0);
    const ledger = (engine as unknown as { ledger: { current: unknown } }).ledger;
    ledger.current = work;
    virtual.pass('stall', 40, ['then@/app/a.js:7', 'execSync@node:child_process:2', 'spawn@native']);
    virtual.pass('stall', 60);
    virtual.pass('rest', 0.5);
    engine.close(work);
    const { profile, data } = await virtual.stop();
    expect(data.idle).toBeGreaterThan(55);
    expect(profile.units[0]!.stalled).toBeGreaterThan(36);
    expect(profile.units[0]!.stalled).toBeLessThan(44);
    expect(profile.holds()[0]).toMatchObject({ call: 'execSync', caller: { name: 'then', line: 7 } });
    // The request itself waited: the live figures say so, too.
    expect(work.idle).toBeGreaterThan(95);
    expect(work.stalled).toBeLessThan(1);
    expect(work.wall).toBeCloseTo(work.cpu + work.stalled + work.loopBusy + work.idle, 9);
    expect(clock.clock()).toBe(105.5);
  });
});
