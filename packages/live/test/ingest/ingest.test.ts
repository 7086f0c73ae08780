import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { type Json, pipeline, random } from '../helpers.ts';

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
    live.feed('m:1|d|#a:1,b:2\nm:2|d|#b:2,a:1\nm:3|d|@1|#a:1,b:2\nm:4|d|#a:0,b:2,a:1\nm:5|d|#a:1,b:2|@1');
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

  it('set a gauge with +5 in DogStatsD and change it in the dialects that have it so', async () => {
    const live = pipeline();
    live.feed('g:10|g\ng:+5|g\nh;a=b:10|g\nh;a=b:+5|g\nh;a=b:-3|g\ni,a=b:-3|g');
    expect(await series(live, 'g')).toMatchObject([{ last: 5 }]);
    expect(await series(live, 'h')).toMatchObject([{ last: 12 }]);
    expect(await series(live, 'i')).toMatchObject([{ last: -3 }]);
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
