import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { REASONS } from '../../src/ingest/reasons.ts';
import { FakeClock, type Json, pipeline, random } from '../helpers.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../vectors/dogstatsd.json', import.meta.url), 'utf8'),
) as { vectors: Json[] };

async function series(feed: ReturnType<typeof pipeline>, name: string, by: string[] = []) {
  const range = { from: 0, to: Date.now() + 1000 };
  return feed.store.summary({ names: [name], by, ...range, quantiles: [0.5] });
}

describe('series', () => {
  it('are the same with tags in another order, written twice, or fields in another order', async () => {
    const live = pipeline();
    live.feed('m:1|d|#a:1,b:2\nm:2|d|#b:2,a:1\nm:3|d|@1|#a:1,b:2\nm:4|d|#a:1,b:2,a:1\nm:5|d|#a:1,b:2|@1');
    expect(live.store.stats().series).toBe(1);
    expect(await series(live, 'm')).toMatchObject([{ count: 5, sum: 15 }]);
  });

  it('are different by name, type or tags, even where their bytes run together the same', () => {
    const live = pipeline();
    live.feed('ab:1|d|#c:1\na:1|d|#bc:1\nab:1|h|#c:1\nab:1|d|#c:12\nab:1|d|#c:,1:2\nab:1|d');
    expect(live.store.stats().series).toBe(6);
  });

  it('survive names that are properties of objects', async () => {
    const live = pipeline();
    for (const name of ['constructor', '__proto__', 'hasOwnProperty', 'toString']) {
      live.feed(`${name}:1|c|#${name}:${name}\n${name}:7|ms|#__proto__:x`);
      const [count, time] = await series(live, name, [name]);
      expect(count).toMatchObject({ name, type: 'count', sum: 1 });
      expect(count!.tags[name]).toBe(name);
      expect(time).toMatchObject({ name, type: 'timing', count: 1 });
    }
    expect(({} as Json).x).toBeUndefined();
  });

  it('read the names of all dialects', async () => {
    const live = pipeline();
    live.feed(
      'g.m;route=-users-_id;status=200:1:2|ms\ni.m,route=/users/_id,status=200:3|ms\nplain.users.get.200:4|ms',
    );
    expect(await series(live, 'g.m', ['route', 'status'])).toMatchObject([
      { count: 2, tags: { route: '-users-_id', status: '200' } },
    ]);
    expect(await series(live, 'i.m', ['route'])).toMatchObject([{ count: 1, tags: { route: '/users/_id' } }]);
    expect(await series(live, 'plain.users.get.200')).toMatchObject([{ count: 1 }]);
  });

  it('read several pairs in the names of Librato and SignalFx', async () => {
    const live = pipeline();
    live.feed('l.m#route=/a,status=200:1|c\nl.n#k=v:1|c\ns.[route=/a,status=200]m:1|c\ns.n[k=v]:1|c');
    for (const name of ['l.m', 's.m']) {
      expect(await series(live, name, ['route', 'status'])).toMatchObject([
        { sum: 1, tags: { route: '/a', status: '200' } },
      ]);
    }
    for (const name of ['l.n', 's.n']) {
      expect(await series(live, name, ['k'])).toMatchObject([{ sum: 1, tags: { k: 'v' } }]);
    }
  });

  it('tells no tags from what only looks like them', async () => {
    const live = pipeline();
    live.feed('a,b:1|c\na;b:1|c\n;a=b:1|c\na,=b:1|c');
    for (const name of ['a,b', 'a;b', ';a=b', 'a,=b']) {
      expect(await series(live, name)).toMatchObject([{ sum: 1 }]);
    }
  });
});

describe('values', () => {
  it('count by 1 / sample rate', async () => {
    const live = pipeline();
    live.feed('c:3|c|@0.1\nd:10:20|d|@0.25\nz:1|c|@0');
    expect(await series(live, 'c')).toMatchObject([{ sum: 30 }]);
    expect(await series(live, 'd')).toMatchObject([{ count: 8, sum: 120 }]);
    expect(await series(live, 'z')).toMatchObject([{ sum: 1 }]);
  });

  const gauge = async (live: ReturnType<typeof pipeline>, name: string) =>
    (await series(live, name))[0]!.last;

  it('change a gauge with a sign by the rules of Etsy, and set it by those of Datadog', async () => {
    const lines = 'g:10|g\ng:+5|g\ng:-3|g\ng:8|g|#a:b\ng:-2|g|#a:b';
    const etsy = pipeline({ rules: 'etsy' });
    etsy.feed(lines);
    expect(await series(etsy, 'g', ['a'])).toMatchObject([{ last: 12 }, { last: 6 }]);
    const datadog = pipeline({ rules: 'datadog' });
    datadog.feed(`${lines}\nh;a=b:10|g\nh;a=b:+5|g`);
    expect(await series(datadog, 'g', ['a'])).toMatchObject([{ last: -3 }, { last: -2 }]);
    expect(await gauge(datadog, 'h')).toBe(5);
  });

  it('are read by the rules that lines leave no doubt about', async () => {
    const live = pipeline();
    live.feed('below:10|g\nbelow:-3|g');
    expect(await gauge(live, 'below')).toBe(-3);
    expect(live.ingest.rules).toEqual({ is: 'datadog', by: 'default' });
    live.feed('jobs:10|g\njobs:+5|g\njobs:-3|g');
    expect(await gauge(live, 'jobs')).toBe(12);
    expect(live.ingest.rules).toEqual({ is: 'etsy', by: 'recognised' });
    live.feed('below:-4|g');
    expect(await gauge(live, 'below')).toBe(-7);
    // Where senders of both kinds are, a gauge tells by itself.
    live.feed('m:1|d|#a:b\ncold:10|g\ncold:-4|g\njobs:-2|g\nh;a=b:10|g\nh;a=b:-3|g');
    expect(live.ingest.rules).toEqual({ is: 'both', by: 'recognised' });
    expect(await gauge(live, 'cold')).toBe(-4);
    expect(await gauge(live, 'jobs')).toBe(10);
    expect(await gauge(live, 'h')).toBe(7);
  });

  it('of several types stand behind one name, with blanks around them', async () => {
    const live = pipeline();
    live.feed(' a : 320 | ms : 310|ms|@0.5:5|c |# x:y:z , k\na:1:2|ms:3|g');
    expect(await series(live, 'a', ['x', 'k'])).toMatchObject([
      { type: 'timing', count: 3, sum: 940, tags: { x: 'y:z' } },
      { type: 'count', sum: 5, tags: { x: 'y:z' } },
      { type: 'timing', count: 2, sum: 3 },
      { type: 'gauge', last: 3 },
    ]);
    expect(live.ingest.counters).toMatchObject({ lines: 2, rejected: 0, samples: 6 });
    const strict = pipeline({ rules: 'datadog' });
    strict.feed('a:320|ms:310|ms\na:1|c|@0.5:2|c\na: 1|c');
    expect(strict.ingest.rejections.list().map(({ reason, count }) => [reason, count])).toEqual([
      [REASONS.severalTypes, 2],
      [REASONS.badValue, 1],
    ]);
  });

  it('with a time of their own count at their time, and an older gauge replaces no newer one', async () => {
    const clock = new FakeClock();
    const live = pipeline({ clock: clock.now });
    const now = clock.ms / 1000;
    live.feed('level:9|g');
    clock.advance(1);
    const late = [5, 60, 200, 280, 400, 1800, 3590];
    for (const ago of late)
      live.feed(`n:7|c|T${now - ago}\nt:${ago}|ms|T${now - ago}\nlevel:3|g|T${now - ago}`);
    live.feed(`n:1|c|T${now + 5}`);
    for (let i = 0; i < 3; i++) {
      for (const ago of late) {
        const at = (now - ago) * 1000;
        // Within ten seconds, which is what is left of older slots.
        const there = { from: at - (at % 10_000), to: at - (at % 10_000) + 9999, by: [], quantiles: [] };
        expect(await live.store.summary({ names: ['n'], ...there })).toMatchObject([{ sum: 7 }]);
        expect(await live.store.summary({ names: ['t'], ...there })).toMatchObject([{ sum: ago }]);
        expect(await live.store.summary({ names: ['level'], ...there })).toMatchObject([{ last: 3 }]);
      }
      const here = { from: clock.ms, to: clock.ms, by: [], quantiles: [] };
      expect(await live.store.summary({ names: ['n'], ...here })).toEqual(
        i === 0 ? [expect.objectContaining({ sum: 1 })] : [],
      );
      expect(await live.store.summary({ names: ['level'], ...here })).toMatchObject([{ last: 9 }]);
      clock.advance(4);
    }
    live.feed(`old:1|c|T${now - 3700}\nms:1|c|T${now * 1000}`);
    expect(live.ingest.rejections.list().map(({ reason, name }) => [reason, name])).toEqual([
      [REASONS.tooOld, 'old'],
      [REASONS.inFuture, 'ms'],
    ]);
  });

  it('keep both values of a key that is given twice', async () => {
    const live = pipeline();
    live.feed('m:1|c|#role:web,role:db\nm:2|c|#role:db');
    const roles = await series(live, 'm', ['role']);
    expect(roles.map(({ tags, sum }) => [tags.role, sum]).sort()).toEqual([
      ['db', 3],
      ['web', 1],
    ]);
    expect(await series(live, 'm')).toMatchObject([{ sum: 3 }]);
    const range = { from: 0, to: Date.now() + 1000, by: [], quantiles: [] };
    for (const [role, sum] of [
      ['web', 1],
      ['db', 3],
    ] as const) {
      expect(await live.store.summary({ names: ['m'], where: { role }, ...range })).toMatchObject([{ sum }]);
    }
  });

  it('count distinct members of a set', async () => {
    const live = pipeline();
    live.feed('u:alice|s\nu:bob|s\nu:alice|s\nu:a:b|s\nu:1.50|s\nu:1.5|s');
    expect(await series(live, 'u')).toMatchObject([{ sum: 5, count: 6 }]);
  });
});

describe('bad input', () => {
  it('is counted and shown with its reason, all else in the packet is kept', async () => {
    const live = pipeline();
    live.feed('good:1|c\nbad\nworse:x|c\n_e{1,1}:a\ngood:1|c\n');
    expect(live.ingest.counters).toMatchObject({ packets: 1, lines: 5, rejected: 3, samples: 2 });
    expect((await live.ingest.raw(10)).map(({ text, error }) => [text, error])).toEqual([
      ['good:1|c', undefined],
      ['_e{1,1}:a', 'event is shorter than its header says'],
      ['worse:x|c', 'value is not a finite number'],
      ['bad', 'no value: expected name:value|type'],
      ['good:1|c', undefined],
    ]);
  });

  it('stays in sight behind a flood of good lines, but not without bound', async () => {
    const live = pipeline();
    for (let i = 0; i < 2000; i++) live.feed(`bad${i}`);
    for (let i = 0; i < 20_000; i++) live.feed('good:1|c');
    const lines = await live.ingest.raw(400);
    expect(lines).toHaveLength(400);
    expect(lines.filter((line) => line.error !== undefined)).toHaveLength(100);
    expect(lines.at(-100)!.text).toBe('bad1999');
    expect((await live.ingest.raw(100_000)).filter((line) => line.error !== undefined)).toHaveLength(500);
  });

  it('keeps only the beginning of a long line for the raw view', async () => {
    const live = pipeline();
    live.feed('x'.repeat(60_000));
    expect((await live.ingest.raw(1))[0]!.text).toMatch(/^x{1024}\.\.\. \(60000 bytes\)$/);
  });
});

scenario('fuzzed-lines', [30, 300], async () => {
  const seed = Number(process.env.FUZZ_SEED ?? 42);
  const next = random(seed);
  const rounds = size(20_000, 200_000);
  const live = pipeline({ maxSeries: 500 });
  const inputs = vectors.map((one) => Buffer.from(one.input));
  for (let i = 0; i < rounds; i++) {
    const base = inputs[Math.floor(next() * inputs.length)]!;
    live.ingest.payload(
      Buffer.concat([Buffer.from('sure.thing:1|c\n'), mutated(base, next), Buffer.from('\nsure.thing:1|c')]),
    );
  }
  const [count] = await series(live, 'sure.thing');
  expect(count!.sum).toBe(2 * rounds);
  expect(live.store.stats().series).toBeLessThanOrEqual(500 + 256 + 6);
  expect((await live.ingest.raw(1000)).length).toBe(1000);
  return {
    tried: `${rounds} datagrams, seed ${seed}`,
    saw: `all ${2 * rounds} good lines, nothing thrown`,
    lost: `${live.ingest.counters.rejected} lines rejected, each with its reason`,
  };
});

/** Flips, cuts, repeats and inserts bytes; newlines are left out, since they would end the line. */
function mutated(base: Buffer, next: () => number): Buffer {
  let bytes = Buffer.from(base);
  for (let times = 1 + Math.floor(next() * 4); times > 0; times--) {
    const at = Math.floor(next() * (bytes.length + 1));
    const choice = next();
    if (choice < 0.4 && at < bytes.length) bytes[at] = Math.floor(next() * 256);
    else if (choice < 0.6) bytes = bytes.subarray(0, at);
    else if (choice < 0.8) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at / 2)]);
    else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(':|#@,;=T'), bytes.subarray(at)]);
  }
  return Buffer.from(bytes.map((byte) => (byte === 10 ? 11 : byte)));
}
