import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../../testkit/src/clock.ts';
import { Counters } from '../../src/attribution/ceiling/limit.ts';
import type { Slice } from '../../src/attribution/ceiling/slice.ts';
import { CHANCES, SLICE_MS, Slices, WAIT_MS } from '../../src/attribution/ceiling/slices.ts';

/** A unit of work as a plan: when it begins, and how long it is open, in ms. */
interface Planned {
  at: number;
  lasts: number;
}

/** A walk over every course that chance can take, each with how likely it is. */
function everyCourse(run: (pick: (of: number) => number, likely: () => number) => void): number {
  const course: { of: number; picked: number }[] = [];
  let courses = 0;
  do {
    let asked = 0;
    const pick = (of: number) => {
      if (asked === course.length) course.push({ of, picked: 0 });
      return course[asked++]!.picked;
    };
    run(pick, () => course.reduce((product, { of }) => product / of, 1));
    courses++;
    while (course.length > 0 && course.at(-1)!.picked === course.at(-1)!.of - 1) course.pop();
    if (course.length > 0) course.at(-1)!.picked++;
  } while (course.length > 0);
  return courses;
}

/** Lets units begin and end under slices, in steps of 50 ms. Returns how likely each was to be measured; 0 if it was not. */
function simulate(
  units: readonly Planned[],
  pick: (of: number) => number,
  cost: (counters: Counters, open: number) => void,
): { chances: number[]; on: number; steps: number } {
  const time = virtualClock();
  const counters = new Counters();
  const first = { rate: 1, isGivenUp: false, held: 0 };
  const holder = {
    giveUp(slice: Slice) {
      slice.held = 0;
    },
  };
  const slices = new Slices(0.03, counters, { look: 1, settle: 0 }, holder, first, time.clock, pick);
  const chosen = new Map<Planned, Slice>();
  const chances = units.map(() => 0);
  let on = 0;
  let steps = 0;
  const end = Math.max(...units.map(({ at, lasts }) => at + lasts));
  for (let now = 0; now <= end; now += 50, time.rest(50)) {
    units.forEach((unit, index) => {
      const slice = chosen.get(unit);
      if (slice === undefined || unit.at + unit.lasts > now) return;
      chosen.delete(unit);
      if (slice.isGivenUp) return;
      slice.held--;
      chances[index] = slice.rate;
    });
    for (const unit of units) {
      if (unit.at !== now) continue;
      const slice = slices.choose();
      if (slice === null) continue;
      slice.held++;
      chosen.set(unit, slice);
    }
    const isOver = slices.tick();
    const open = [...chosen.values()].filter(({ isGivenUp }) => !isGivenUp).length;
    steps++;
    if (isOver && open === 0) continue;
    on++;
    cost(counters, open);
  }
  return { chances, on, steps };
}

describe('slices of time', () => {
  it('favour no unit, however long it lasts and whatever it costs: over every course of chance each counts once', () => {
    const lengths = [0, 100, 150, 350, 1100, 1300, 2400, 3300];
    // All begin before it is known how much is measured at a time, and after.
    const units = [500, 1000, 1050, 1200, 1250, 1600, 1950, 2200].flatMap((at, index) => [
      { at, lasts: lengths[index]! },
      { at, lasts: lengths.at(-1 - index)! },
    ]);
    const counted = units.map(() => 0);
    let all = 0;
    const rates = new Set<number>();
    const courses = everyCourse((pick, likely) => {
      // What it costs depends on what is measured, and so do all later decisions.
      const { chances } = simulate(units, pick, (counters, open) => {
        counters.looks += 4 + open / 4;
      });
      const weight = likely();
      all += weight;
      chances.forEach((chance, index) => {
        if (chance === 0) return;
        rates.add(chance);
        counted[index]! += weight / chance;
      });
    });
    expect(courses).toBeGreaterThan(100);
    expect(all).toBeCloseTo(1, 9);
    for (const times of counted) expect(times).toBeCloseTo(1, 9);
    // Whole, in slices, and after chance had let some of these go on.
    expect(rates.size).toBeGreaterThan(4);
  });

  it.each([
    ['short units', 50, 20],
    ['units of a second', 1000, 20],
    // One of 4096 of those that begin in a slice.
    ['units that last for minutes', 200_000, 0],
  ])('keep to the share of the loop: %s', (_, lasts, least) => {
    let seed = 1;
    const pick = (of: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % of;
    };
    const units = Array.from({ length: 2400 }, (_, index) => ({ at: index * 50, lasts }));
    // While the hook is on it takes a tenth of the loop.
    const { on, steps, chances } = simulate(units, pick, (counters) => {
      counters.looks += 5;
    });
    expect((on * 5) / (steps * 50)).toBeLessThan(0.03 * 1.3);
    // It would be kept by measuring nothing, too.
    expect(chances.filter((chance) => chance > 0).length).toBeGreaterThanOrEqual(least);
  });

  it('measure everything as long as that is cheap, and again once it is', () => {
    const units = Array.from({ length: 1200 }, (_, index) => ({ at: index * 50, lasts: 50 }));
    let looked = 0;
    const { chances } = simulate(
      units,
      (of) => of - 1,
      (counters) => {
        looked++;
        counters.looks += looked < 40 ? 5 : 0.5;
      },
    );
    expect(chances.slice(0, 15)).toEqual(units.slice(0, 15).map(() => 1));
    expect(Math.min(...chances)).toBe(0);
    expect(chances.slice(-100)).toEqual(units.slice(-100).map(() => 1));
  });

  it('wait for the units of a slice to the end once chance has let it go on often enough', () => {
    const time = virtualClock();
    const counters = new Counters();
    const first = { rate: 1, isGivenUp: false, held: 1 };
    const holder = { giveUp: () => expect.unreachable() };
    let picks = 0;
    const slices = new Slices(0.03, counters, { look: 1, settle: 0 }, holder, first, time.clock, (of) => {
      if (of === 4) picks++;
      return 0;
    });
    counters.looks = 1000;
    time.rest(1000);
    slices.tick();
    for (let at = 0; at < WAIT_MS * 2 ** (CHANCES + 2); at += SLICE_MS) {
      time.rest(SLICE_MS);
      slices.tick();
    }
    expect(picks).toBe(CHANCES);
    expect(first.rate).toBe(1 / 4 ** CHANCES);
  });
});
