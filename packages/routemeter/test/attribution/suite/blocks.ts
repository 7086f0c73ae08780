import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Work } from '../../../src/attribution/work.ts';
import type { Case, Figures } from './case.ts';
import { units } from './promises.ts';
import type { Rig } from './rig.ts';

function blockFigures(rig: Rig, names: string[]): Figures {
  const figures: Figures = {};
  for (const name of names) {
    const block = rig.blocks.get(name);
    figures[`${name} cpu`] = block?.cpu ?? Number.NaN;
    figures[`${name} self`] = block?.self ?? Number.NaN;
  }
  return figures;
}

export const blocks: Case[] = [
  {
    name: 'nested-blocks',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        await me.time(`${me.name} outer`, async () => {
          me.burn(2);
          await me.time(`${me.name} inner`, async () => {
            me.burn(units(me.name));
            await sleep(2);
            me.burn(4);
            me.time(`${me.name} sync`, () => me.burn(3));
          });
          await sleep(1);
          me.burn(1);
        });
        me.burn(5);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      const expected: Figures = {};
      const names: string[] = [];
      for (const name of ['a', 'b', 'c']) {
        const inner = units(name) + 4 + 3;
        Object.assign(expected, {
          [`${name} outer cpu`]: 3 + inner,
          [`${name} outer self`]: 3,
          [`${name} inner cpu`]: inner,
          [`${name} inner self`]: inner - 3,
          [`${name} sync cpu`]: 3,
          [`${name} sync self`]: 3,
        });
        names.push(`${name} outer`, `${name} inner`, `${name} sync`);
      }
      return { expected, measured: blockFigures(rig, names) };
    },
  },
  {
    name: 'concurrent-sibling-blocks',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        const sibling = (name: string, ms: number) =>
          me.time(`${me.name} ${name}`, async () => {
            me.burn(ms);
            await sleep(ms);
            me.burn(units(me.name));
          });
        await Promise.all([sibling('x', 1), sibling('y', 2), sibling('z', 3)]);
        me.burn(1);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      const expected: Figures = {};
      const names: string[] = [];
      for (const name of ['a', 'b', 'c']) {
        for (const [sibling, ms] of Object.entries({ x: 1, y: 2, z: 3 })) {
          names.push(`${name} ${sibling}`);
          expected[`${name} ${sibling} cpu`] = ms + units(name);
          expected[`${name} ${sibling} self`] = ms + units(name);
        }
      }
      return { expected, measured: blockFigures(rig, names) };
    },
  },
  {
    name: 'using-style-block',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        const end = me.block(`${me.name} outer`);
        me.burn(2);
        await sleep(2);
        const endInner = me.block(`${me.name} inner`);
        me.burn(units(me.name));
        await sleep(1);
        me.burn(1);
        endInner();
        me.burn(3);
        await sleep(1);
        end();
        me.burn(4);
        await sleep(1);
        me.burn(1);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      const expected: Figures = {};
      for (const name of ['a', 'b', 'c']) {
        Object.assign(expected, {
          [`${name} outer cpu`]: 6 + units(name),
          [`${name} outer self`]: 5,
          [`${name} inner cpu`]: 1 + units(name),
          [`${name} inner self`]: 1 + units(name),
        });
      }
      const names = ['a', 'b', 'c'].flatMap((name) => [`${name} outer`, `${name} inner`]);
      return { expected, measured: blockFigures(rig, names) };
    },
  },
  {
    name: 'using-style siblings (documented: what the caller starts meanwhile is inside)',
    documented: 'the second sibling runs inside the first as long as that is open; the request is right',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        const sibling = async (name: string, before: number, wait: number) => {
          const end = me.block(`${me.name} ${name}`);
          me.burn(before);
          await sleep(wait);
          me.burn(units(me.name));
          end();
        };
        await Promise.all([sibling('x', 1, 12), sibling('y', 2, 2)]);
        me.burn(1);
        res.end();
      };
      await rig.all('a', 'b');
      const expected: Figures = {};
      for (const name of ['a', 'b']) {
        const y = 2 + units(name);
        const x = 1 + units(name);
        Object.assign(expected, {
          [`${name} x cpu`]: x + y,
          [`${name} x self`]: x,
          [`${name} y cpu`]: y,
          [`${name} y self`]: y,
        });
      }
      return { expected, measured: blockFigures(rig, ['a x', 'a y', 'b x', 'b y']) };
    },
  },
  {
    name: 'a block ended by another request leaves that one alone',
    async run(rig) {
      let end: (() => void) | null = null;
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        if (me.name === 'a') {
          end = me.block('a lent');
          me.burn(2);
        }
        await rig.meet(2);
        if (me.name === 'b') {
          me.burn(3);
          end?.();
          end = null;
          me.burn(4);
        }
        await rig.meet(2);
        me.burn(1);
        await sleep(1);
        me.burn(1);
        res.end();
      };
      await rig.all('a', 'b');
      return { expected: { 'a lent cpu': 2, 'a lent self': 2 }, measured: blockFigures(rig, ['a lent']) };
    },
  },
  {
    name: 'a block that outlives its request',
    async run(rig) {
      rig.handler = (_req, res, me) => {
        me.burn(1);
        me.time(`${me.name} left`, async () => {
          me.burn(units(me.name));
          await once(res, 'close');
          await sleep(1);
          me.burn(2);
          await rig.meet(3);
        });
        setTimeout(() => res.end(), 2);
      };
      await rig.all('a', 'b');
      await rig.meet(3);
      await sleep(1);
      const expected: Figures = {};
      const measured = blockFigures(rig, ['a left', 'b left']);
      for (const name of ['a', 'b']) {
        expected[`${name} left cpu`] = units(name) + 2;
        expected[`${name} left self`] = units(name) + 2;
        expected[`${name} late`] = 2;
        measured[`${name} late`] = rig.seen.get(name)?.late ?? Number.NaN;
      }
      return { expected, measured };
    },
  },
  {
    name: 'what a block leaves behind belongs to what it was part of',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        await me.time(`${me.name} short`, async () => {
          me.burn(1);
          setTimeout(() => me.burn(units(me.name)), 6);
          await sleep(1);
        });
        me.burn(2);
        await sleep(12);
        res.end();
      };
      await rig.all('a', 'b');
      return {
        expected: { 'a short cpu': 1, 'a short self': 1, 'b short cpu': 1, 'b short self': 1 },
        measured: blockFigures(rig, ['a short', 'b short']),
      };
    },
  },
  {
    name: 'blocks outside requests, one begun by the other',
    async run(rig) {
      const me = rig.me('outside jobs', new Work('request', null));
      const depth: number[] = [];
      let left = 50;
      await new Promise<void>((done) => {
        const next = () =>
          me.time(`job ${left}`, async () => {
            rig.time.burn(2);
            let length = 0;
            for (let work = rig.engine.current(); work !== null; work = work.parent) length++;
            depth.push(length);
            if (--left > 0) setTimeout(next, 0);
            else done();
          });
        next();
      });
      return {
        // Each begins in the context of one that ended: a chain of them would grow for ever.
        expected: { deepest: 1, ...Object.fromEntries([50, 30, 1].map((n) => [`job ${n} cpu`, 2])) },
        measured: {
          deepest: Math.max(...depth),
          ...Object.fromEntries(
            [50, 30, 1].map((n) => [`job ${n} cpu`, rig.blocks.get(`job ${n}`)?.cpu ?? -1]),
          ),
        },
      };
    },
  },
  {
    name: 'a deep recursion of blocks',
    async run(rig) {
      const DEPTH = 200;
      rig.handler = (_req, res, me) => {
        const down = (left: number): void =>
          me.time(`${me.name} ${left}`, () => {
            me.burn(0.25);
            if (left > 1) down(left - 1);
          });
        down(DEPTH);
        setTimeout(() => res.end(), 1);
      };
      await rig.all('a', 'b');
      return {
        expected: { top: DEPTH / 4, 'top self': 0.25, bottom: 0.25 },
        measured: {
          top: rig.blocks.get(`b ${DEPTH}`)?.cpu ?? -1,
          'top self': rig.blocks.get(`b ${DEPTH}`)?.self ?? -1,
          bottom: rig.blocks.get('b 1')?.cpu ?? -1,
        },
      };
    },
  },
];
