import { beforeAll, describe, expect, it, vi } from 'vitest';
import { STEPS } from '../../src/attribution/delay/delays.ts';
import { Stretches } from '../../src/attribution/delay/stretches.ts';
import { Account } from '../../src/books/account.ts';
import { DelayBook, TOLD } from '../../src/books/delays.ts';
import { delaysOf, keyOf, type ToldDelay } from '../../src/unit/culprits.ts';
import { type Unit, VirtualLoop } from '../attribution/delay/virtual-loop.ts';

const ROUTES = 200;
const REQUESTS = 1000;
/** Turns of the loop in each of which every request goes on once. */
const TURNS = 5;
/** What each of them computes then. */
const SLOW_MS = 2;

const PARTS = ['queued', 'delayed'] as const;

/** What was waited for by the requests of one account. */
type Waited = Record<(typeof PARTS)[number], number>;

describe('1000 open requests of 200 routes, all of them slow', () => {
  const waited = new Map<Account, Waited>();
  let told: ToldDelay[] = [];
  /** Stretches that were looked at until each flush. */
  const steps: number[] = [];

  beforeAll(() => {
    const looked = vi.spyOn(Stretches.prototype, 'length');
    const loop = new VirtualLoop();
    let next = 0;
    loop.random = () => (next = (next + 0.618034) % 1);
    const flush = () => {
      loop.engine.tellDelays();
      steps.push(looked.mock.calls.length);
      looked.mockClear();
    };
    const accounts = Array.from(
      { length: ROUTES },
      (_, at) => new Account('http.server.request', [tag(`/${at}`)]),
    );
    const accountOf = (at: number) => accounts[at % ROUTES]!;
    const slow = () => loop.burn(SLOW_MS);
    const units: Unit[] = [];
    const open = (at: number) => () => {
      // As a culprit it is told by its account.
      units.push(Object.assign(loop.open(`${at}`, slow), { account: accountOf(at) }));
    };
    loop.turn({ rest: 5, poll: Array.from({ length: REQUESTS }, (_, at) => open(at)) });
    for (let turn = 0; turn < TURNS; turn++) {
      loop.turn({ poll: units.map((unit) => () => loop.run(unit, slow)) });
      // The last one happens with their end.
      if (turn < TURNS - 1) flush();
    }
    for (const [at, unit] of units.entries()) {
      loop.engine.close(unit);
      const lag = unit.lag!;
      const account = accountOf(at);
      account.delays ??= new DelayBook(keyOf);
      account.delays.add(lag);
      const all = waited.get(account) ?? { queued: 0, delayed: 0 };
      for (const part of PARTS) all[part] += lag[part];
      waited.set(account, all);
    }
    flush();
    told = delaysOf(accounts);
    looked.mockRestore();
  });

  it('are looked at by a bounded number of steps, whatever they wait', () => {
    expect(steps).toHaveLength(TURNS);
    // There is far more to look at than what is allowed, and what is allowed is used.
    for (const taken of steps) {
      expect(taken).toBeGreaterThan(STEPS / 4);
      expect(taken).toBeLessThanOrEqual(STEPS);
    }
    expect(Math.max(...steps)).toBeGreaterThan(STEPS * 0.95);
  });

  it('wait for as long as they do, of which the crowd is what is not named', () => {
    expect(waited.size).toBe(ROUTES);
    const lines = new Map<string, number>();
    for (const { account, part, culprit, ms } of told) {
      expect(ms).toBeGreaterThan(0);
      const key = `${account.tags[0]!.value} ${part} ${culprit === 'crowd' ? 'crowd' : 'all'}`;
      lines.set(key, (lines.get(key) ?? 0) + ms);
    }
    for (const [{ tags }, all] of waited) {
      for (const part of PARTS) {
        const named = lines.get(`${tags[0]!.value} ${part} all`) ?? 0;
        const crowd = lines.get(`${tags[0]!.value} ${part} crowd`) ?? 0;
        expect(Math.abs(named + crowd - all[part])).toBeLessThan(all[part] * 1e-9);
      }
    }
    const total = (which: (line: ToldDelay) => boolean) =>
      told.filter(which).reduce((all, { ms }) => all + ms, 0);
    expect(total(({ culprit }) => culprit === 'crowd')).toBeGreaterThan(
      total(({ culprit }) => culprit !== 'crowd'),
    );
    expect(Math.min(...[...waited.values()].map(({ delayed }) => delayed))).toBeGreaterThan(0);
  });

  it('and no more pairs are told one by one than a flush may hold', () => {
    const named = told.filter(({ culprit }) => culprit !== 'crowd');
    expect(named.length).toBeGreaterThan(0);
    expect(named.length).toBeLessThanOrEqual(TOLD);
    expect(told.length - named.length).toBeLessThanOrEqual(ROUTES * PARTS.length);
  });
});

function tag(route: string) {
  return { key: 'http_route', value: route, origin: 'request' as const };
}
