import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../../../testkit/src/clock.ts';
import { BLAMES } from '../../../src/attribution/delay/blames.ts';
import { STEPS } from '../../../src/attribution/delay/delays.ts';
import { STRETCHES } from '../../../src/attribution/delay/stretches.ts';
import { LoopEngine } from '../../../src/attribution/loop-engine.ts';
import { type Told, type Unit, VirtualLoop } from './virtual-loop.ts';

/** Closes the units and tells what each was told. */
function told(loop: VirtualLoop, ...units: Unit[]): Told[] {
  for (const unit of units) if (!unit.ended) loop.close(unit);
  loop.engine.tellDelays();
  return units.map((unit) => unit.told);
}

const sum = (values: Told, part: string) =>
  Object.entries(values).reduce((all, [key, ms]) => (key.startsWith(part) ? all + ms : all), 0);

describe('what waits unread, under a virtual loop', () => {
  it('is nothing where the loop had nothing to do', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    loop.turn({ rest: 10, poll: [() => void (hello = loop.open('hello'))] });
    expect(hello.lag!.queued).toBe(0);
    expect(told(loop, hello)).toEqual([{}]);
  });

  it('is half of the block that the poll came after, and all that was run since', () => {
    const loop = new VirtualLoop();
    let burn!: Unit;
    let first!: Unit;
    let second!: Unit;
    loop.turn({ rest: 10, poll: [() => void (burn = loop.open('burn', () => loop.burn(30)))] });
    loop.turn({
      poll: [
        () => void (first = loop.open('first', () => loop.burn(4))),
        () => void (second = loop.open('second')),
      ],
    });
    expect(burn.lag!.queued).toBe(0);
    expect(first.lag!.queued).toBe(15);
    expect(second.lag!.queued).toBe(19);
    expect(told(loop, burn, first, second)).toEqual([
      {},
      { 'queued burn': 15 },
      { 'queued burn': 15, 'queued first': 4 },
    ]);
  });

  it('weighs each stretch by what could have come before it', () => {
    const loop = new VirtualLoop();
    const units: Unit[] = [];
    const open = (name: string, ms: number) => () => void units.push(loop.open(name, () => loop.burn(ms)));
    loop.turn({ rest: 5, poll: [open('a', 10), open('b', 20), open('c', 10)] });
    loop.turn({ poll: [open('late', 0)] });
    // Of what came evenly in 40 ms, a is behind for a quarter of itself on average, and so on.
    expect(told(loop, ...units).at(-1)).toEqual({
      'queued a': (10 * 10) / 80,
      'queued b': (30 * 30 - 10 * 10) / 80,
      'queued c': (40 * 40 - 30 * 30) / 80,
    });
    expect(units.at(-1)!.lag!.queued).toBe(20);
  });

  it('is not older than the last rest of the loop', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    loop.turn({ rest: 1, poll: [() => void loop.open('burn', () => loop.burn(50))] });
    loop.turn({ rest: 3, poll: [() => void (hello = loop.open('hello'))] });
    expect(hello.lag!.queued).toBe(0);
  });

  it('is told from what timers ran: they come after the turn, and before the next poll', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    loop.turn({
      rest: 5,
      poll: [() => void loop.open('a', () => loop.burn(10))],
      timers: [() => loop.burn(20)],
    });
    loop.turn({ poll: [() => void (hello = loop.open('hello'))] });
    expect(hello.lag!.queued).toBe(15);
    expect(told(loop, hello)[0]).toEqual({
      'queued a': (10 * 10) / 60,
      'queued outside': (30 * 30 - 10 * 10) / 60,
    });
  });

  it('is unknown until somebody tells that it came from a socket', () => {
    const loop = new VirtualLoop();
    const unit = loop.open('job');
    expect(unit.lag!.queued).toBe(0);
    loop.engine.open(unit, true);
    expect(unit.lag!.queued).toBeNaN();
  });
});

describe('what waits to go on, under a virtual loop', () => {
  it('is what ran while an answer lay there', () => {
    const loop = new VirtualLoop();
    let wait!: Unit;
    loop.turn({ rest: 5, poll: [() => void (wait = loop.open('wait'))] });
    loop.turn({ rest: 5, poll: [() => void loop.open('burn', () => loop.burn(30))] });
    loop.turn({ poll: [() => loop.run(wait)] });
    expect(wait.lag!.delayed).toBe(15);
    expect(told(loop, wait)).toEqual([{ 'delayed burn': 15 }]);
  });

  it('judges timers by the timers of the turn before', () => {
    const loop = new VirtualLoop();
    let wait!: Unit;
    loop.turn({ rest: 5, poll: [() => void (wait = loop.open('wait'))] });
    loop.turn({
      rest: 5,
      poll: [() => void loop.open('burn', () => loop.burn(30))],
      timers: [() => loop.run(wait)],
    });
    expect(wait.lag!.delayed).toBe(15);
    expect(told(loop, wait)).toEqual([{ 'delayed burn': 15 }]);
  });

  it('never counts its own code, nor what came before it ran last', () => {
    const loop = new VirtualLoop();
    let unit!: Unit;
    loop.turn({
      rest: 5,
      poll: [
        () => void (unit = loop.open('unit', () => loop.burn(8))),
        () => loop.run(unit, () => loop.burn(8)),
        () => loop.burn(6),
        () => loop.run(unit),
      ],
    });
    expect(unit.lag!.queued + unit.lag!.delayed).toBe(6);
    expect(told(loop, unit)).toEqual([{ 'delayed outside': 6 }]);
  });
});

describe('a process that did not run', () => {
  it('is told from its routes while one of them computes', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    const stolen = () => {
      loop.burn(10);
      loop.time.stall(20);
      loop.kept += 20;
    };
    loop.turn({ rest: 5, poll: [() => void loop.open('burn', stolen)] });
    loop.turn({ poll: [() => void (hello = loop.open('hello'))] });
    expect(hello.lag!.queued).toBe(15);
    expect(told(loop, hello)).toEqual([{ 'queued burn': 5, 'queued stopped': 10 }]);
  });

  it('a call that blocks is its route’s', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    loop.turn({ rest: 5, poll: [() => void loop.open('block', () => loop.time.stall(30))] });
    loop.turn({ poll: [() => void (hello = loop.open('hello'))] });
    expect(told(loop, hello)).toEqual([{ 'queued block': 15 }]);
  });

  it('is seen while it seemed to rest: a beat is missing', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    for (let beat = 0; beat < 3; beat++) loop.turn({ rest: 100 });
    loop.turn({ rest: 500, poll: [() => void (hello = loop.open('hello'))] });
    expect(hello.lag!.queued).toBe(200);
    expect(told(loop, hello)).toEqual([{ 'queued stopped': 200 }]);
  });

  it('and what had come is found by the next poll, where the signal interrupts that one', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    for (let beat = 0; beat < 3; beat++) loop.turn({ rest: 100 });
    loop.turn({ rest: 500 });
    loop.turn({ poll: [() => void (hello = loop.open('hello'))] });
    expect(hello.lag!.queued).toBe(200);
    expect(told(loop, hello)).toEqual([{ 'queued stopped': 200 }]);
    loop.turn({ rest: 1, poll: [() => void (hello = loop.open('hello'))] });
    expect(hello.lag!.queued).toBe(0);
  });

  it('is not taken for what came after it', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    for (let beat = 0; beat < 3; beat++) loop.turn({ rest: 100 });
    loop.turn({ rest: 500, poll: [() => void loop.open('first')] });
    loop.turn({ poll: [() => void (hello = loop.open('hello'))] });
    expect(hello.lag!.queued).toBe(0);
  });
});

describe('bounds', () => {
  it('stretches that are overwritten are named no more, the estimate stays whole', () => {
    const loop = new VirtualLoop();
    let hello!: Unit;
    loop.turn({ rest: 5, poll: [() => void loop.open('old', () => loop.burn(1000))] });
    const many = Array.from({ length: STRETCHES }, (_, at) => () => {
      const unit = loop.open(`unit${at % 2}`, () => loop.burn(1));
      loop.close(unit);
    });
    const tell = () => loop.engine.tellDelays();
    loop.turn({ poll: [...many, tell, tell, () => void (hello = loop.open('hello'))] });
    const [own] = told(loop, hello);
    expect(hello.lag!.queued).toBe(500 + STRETCHES);
    expect(own!['queued old']).toBeUndefined();
    expect(sum(own!, 'queued')).toBeLessThanOrEqual(hello.lag!.queued);
    expect(sum(own!, 'queued')).toBeGreaterThan(STRETCHES - 2);
  });

  it('steps between two flushes have a bound; the next walks are a sample that stands for the others', () => {
    const loop = new VirtualLoop();
    let next = 0;
    loop.random = () => (next = (next + 0.618034) % 1);
    const round = () => {
      const units: Unit[] = [];
      const open = (at: number) => () => {
        const unit = loop.open(`unit${at}`, () => loop.burn(0.01));
        loop.close(unit);
        units.push(unit);
      };
      loop.turn({ rest: 5, poll: [() => loop.close(loop.open('burn', () => loop.burn(30)))] });
      loop.turn({ poll: Array.from({ length: 1000 }, (_, at) => open(at)) });
      loop.engine.tellDelays();
      const all = units.reduce((total, unit) => total + unit.lag!.queued, 0);
      const burn = units.reduce((total, unit) => total + (unit.told['queued burn'] ?? 0), 0);
      return { all, burn, walked: units.filter((unit) => sum(unit.told, 'queued') > 0).length };
    };
    const first = round();
    // 1 + 2 + 3 ... steps: some hundred and fifty walks.
    expect((first.walked * (first.walked + 1)) / 2).toBeLessThan(STEPS + 1000);
    expect(first.burn).toBeLessThan(first.all / 4);
    round();
    const later = Array.from({ length: 20 }, round);
    for (const { walked } of later) expect(walked).toBeLessThan(100);
    const total = later.reduce((all, one) => all + one.all, 0);
    const burn = later.reduce((all, one) => all + one.burn, 0);
    // Truth: 15 of the 20 ms that each waited on average.
    expect(burn / total).toBeGreaterThan(0.65);
    expect(burn / total).toBeLessThan(0.85);
  });

  it('pairs that wait for a flush have a bound', () => {
    const loop = new VirtualLoop();
    const units: Unit[] = [];
    const burn = loop.open('burn');
    for (let at = 0; units.length < BLAMES + 100; at++) {
      loop.turn({ rest: 1, poll: [() => loop.run(burn, () => loop.burn(1))] });
      loop.turn({ poll: [() => void units.push(loop.open(`unit${at}`))] });
      if (at % 1000 === 999) loop.engine.tellDelays();
    }
    const named = told(loop, ...units).filter((one) => Object.keys(one).length > 0);
    expect(named).toHaveLength(BLAMES);
  });
});

describe('off', () => {
  it('asks the loop for nothing, and gives works nothing', () => {
    const loop = new VirtualLoop();
    expect(loop.stamps).toHaveLength(1);
    loop.follow();
    loop.follow();
    expect(loop.stamps).toHaveLength(0);
    expect(loop.engine.turn()).toBe(-1);
    const unit = loop.open('unit');
    expect(unit.lag).toBeNull();
  });

  it('says why where the loop does not count its turns', () => {
    const engine = new LoopEngine({ ...virtualClock(), turns: () => null });
    expect(engine.delayMode()).toEqual({ mode: 'off', why: expect.stringContaining('20.18') });
    engine.followDelays()();
    expect(engine.turn()).toBe(-1);
  });
});
