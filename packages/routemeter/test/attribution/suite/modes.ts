import { setTimeout as sleep } from 'node:timers/promises';
import type { Work } from '../../../src/attribution/work.ts';
import type { Case, Figures } from './case.ts';
import { units } from './promises.ts';
import { OUTSIDE, type Rig } from './rig.ts';

/** Longer than the hook stays on without need. */
const PAUSE_MS = 250;

const split = (rig: Rig, name: string): Figures => {
  const work = rig.seen.get(name)?.work;
  return {
    [`${name} cpu`]: work?.cpu ?? -1,
    [`${name} stalled`]: work?.stalled ?? -1,
    [`${name} busy`]: work?.loopBusy ?? -1,
    [`${name} idle`]: work?.idle ?? -1,
  };
};

/** Requests that answer synchronously, until the hook stays off for such. */
async function answerSynchronously(rig: Rig): Promise<void> {
  rig.handler = (_req, res) => res.end();
  for (let i = 0; i < 25; i++) await rig.get(`s${i}`);
  await sleep(PAUSE_MS);
}

export const modes: Case[] = [
  {
    name: 'long-segments-refined',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(0.25);
        await sleep(2);
        me.burn(20);
        me.stall(50);
        me.burn(units(me.name));
        await sleep(2);
        me.burn(0.5);
        await sleep(2);
        me.stall(4);
        await sleep(1);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      const names = ['a', 'b', 'c'];
      return {
        expected: Object.fromEntries(names.map((name) => [`${name} stalled`, 54])),
        measured: Object.fromEntries(
          names.map((name) => [`${name} stalled`, rig.seen.get(name)?.work.stalled ?? -1]),
        ),
      };
    },
  },
  {
    name: 'the split of one request beside another and an idle loop',
    async run(rig) {
      let open = 0;
      const both = new Promise<void>((resolve) => {
        rig.handler = async (_req, res, me) => {
          if (++open === 2) resolve();
          await both;
          if (me.name === 'a') {
            me.burn(3);
            me.stall(7);
            await sleep(8);
            rig.time.rest(11);
            await sleep(8);
          } else {
            await sleep(2);
            me.burn(2);
            await sleep(4);
            me.stall(5);
            await sleep(30);
          }
          res.end();
        };
      });
      const all = rig.all('a', 'b');
      await both;
      await sleep(3);
      rig.burn(OUTSIDE, 1.5);
      await all;
      return {
        expected: {
          'a cpu': 3,
          'a stalled': 7,
          'a busy': 7 + 1.5,
          'a idle': 11,
          'b cpu': 2,
          'b stalled': 5,
          'b busy': 10 + 1.5,
          'b idle': 11,
        },
        measured: { ...split(rig, 'a'), ...split(rig, 'b') },
      };
    },
  },
  {
    name: 'lazy-enable-first-request',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        await null;
        me.burn(units(me.name));
        await sleep(2);
        process.nextTick(() => me.burn(2));
        await sleep(2);
        me.burn(1);
        res.end();
      };
      await rig.all('a');
      await sleep(PAUSE_MS);
      await rig.all('b', 'c');
      await sleep(PAUSE_MS);
      await rig.all('d');
      return undefined;
    },
  },
  {
    name: 'an asynchronous request after many synchronous ones',
    async run(rig) {
      await answerSynchronously(rig);
      rig.handler = (_req, res, me) => {
        me.burn(1);
        queueMicrotask(() => me.burn(2));
        process.nextTick(() => me.burn(3));
        setTimeout(async () => {
          me.burn(units(me.name));
          await sleep(1);
          me.burn(1);
          res.end();
        }, 2);
      };
      await rig.all('a', 'b');
      return undefined;
    },
  },
  {
    name: 'work left behind by synchronous requests is found again',
    async run(rig) {
      await answerSynchronously(rig);
      // Five seconds later the hook looks again, finds such work, and stays for the next ones.
      rig.burn(OUTSIDE, 5000);
      rig.handler = (_req, res, me) => {
        me.burn(1);
        res.end();
        setTimeout(() => me.burn(units(me.name) + 4), 3);
      };
      await rig.all('a');
      await sleep(PAUSE_MS);
      await rig.all('b', 'c');
      await sleep(20);
      return undefined;
    },
  },
  {
    name: 'requests that are not measured among others',
    async run(rig) {
      rig.choose = (name) => name !== 'x' && name !== 'y';
      rig.handler = async (_req, res, me) => {
        const label = rig.choose(me.name, me.work) ? me.name : OUTSIDE;
        rig.burn(label, 1);
        await sleep(2);
        rig.burn(label, units(me.name));
        me.time(`${me.name} block`, () => rig.burn(label, 2));
        setImmediate(() => {
          rig.burn(label, 3);
          res.end();
        });
      };
      await rig.all('a', 'x', 'b', 'y', 'c');
      await rig.all('x', 'y');
      return {
        expected: { 'x block': 0, 'a block': 2 },
        measured: {
          'x block': rig.blocks.get('x block')?.cpu ?? -1,
          'a block': rig.blocks.get('a block')?.cpu ?? -1,
        },
      };
    },
  },
  {
    name: 'units of slices of time are measured whole, or not at all',
    async run(rig) {
      const endLimit = rig.engine.limit(0.0001);
      const chosenAt = new Map<Work, number>();
      rig.choose = (_name, work) => {
        const isChosen = rig.engine.choose(work);
        if (isChosen) chosenAt.set(work, rig.engine.measured()!.share);
        return isChosen;
      };
      rig.handler = async (_req, res, me) => {
        const label = me.work.exact ? me.name : OUTSIDE;
        rig.burn(label, 5);
        await null;
        rig.burn(label, units(me.name));
        await sleep(1);
        await me.time(`${me.name} block`, async () => {
          rig.burn(label, 2);
          await sleep(1);
          rig.burn(label, 3);
        });
        // What is left behind ends before the slice of the next ones can.
        process.nextTick(() => rig.burn(label, 4));
        await sleep(1);
        res.end();
      };
      let sent = 0;
      const some = () => rig.all(...['a', 'b', 'c', 'd', 'e'].map((name) => `${name}${sent++}`));
      do await some();
      while (rig.engine.measured()!.share === 1);
      for (let round = 0; round < 50; round++) await some();
      endLimit();
      const works = [...rig.seen.values()].map(({ work }) => work);
      const exact = works.filter((work) => work.exact);
      const blocks = [...rig.blocks.values()].filter((block) => block.exact);
      const count = (all: readonly unknown[]) => Number(all.length > 0);
      return {
        expected: { whole: 1, slices: 1, 'left out': 1, 'wrong rates': 0, 'wrong blocks': 0 },
        measured: {
          whole: count(exact.filter(({ rate }) => rate === 1)),
          slices: count(exact.filter(({ rate }) => rate < 1)),
          'left out': count(works.filter((work) => !work.exact)),
          'wrong rates': exact.filter((work) => work.rate !== chosenAt.get(work)).length,
          'wrong blocks': blocks.filter(({ cpu, rate, parent }) => cpu !== 5 || rate !== parent!.rate).length,
        },
      };
    },
  },
];
