import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { random } from '../helpers.ts';
import { type CollectorOptions, START, samplesOf, startCollector } from './collector.ts';
import { type Receiver, startReceiver, textOf, type WrittenSeries } from './receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const collector = (options: CollectorOptions = {}) => startCollector(`${receiver.url}/api/v1/write`, options);
const written = () => receiver.taken.flatMap(({ series }) => series);
const samples = () => samplesOf(written());
const infos = (name: string) =>
  written()
    .map((series) => textOf(series, ['host', 'instance', 'job']))
    .filter((text) => text.startsWith(name));

it('sends what remote write asks for, with all labels in order', async () => {
  const { feed, pass, settled } = collector({ histograms: 'native' });
  feed('http.server.request:12|d|#http.route:/a,env:live');
  pass(10);
  await settled();
  expect(receiver.taken[0]!.headers).toMatchObject({
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
    'user-agent': 'routemeter-live/0.0.0',
  });
  const instance = `web-1:${START.toString(36)}`;
  const own = `env="live",host="web-1",http_route="/a",instance="${instance}",job="routemeter"`;
  const run = `host="web-1",instance="${instance}",job="routemeter"`;
  const texts = written().map((series) => textOf(series));
  expect(texts.sort()).toEqual([
    `http_server_request_count{${own}}`,
    `http_server_request_max{${own}}`,
    `http_server_request_min{${own}}`,
    `http_server_request_sum{${own}}`,
    `http_server_request{${own}}`,
    `routemeter_label_info{${run},key="http.route",label="http_route"}`,
    `routemeter_metric_info{histograms="native",${run},metric="http.server.request",name="http_server_request",type="distribution"}`,
  ]);
  for (const { labels } of written()) {
    const names = labels.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
  }
});

describe('counters', () => {
  it('are cumulative, begin with a zero at the tick before, and stand at ticks', async () => {
    const { feed, pass, settled } = collector();
    pass(3);
    feed('orders:2|c|#shop:a');
    pass(4);
    feed('orders:3|c|@0.5|#shop:a');
    pass(3);
    await settled();
    expect(samples()).toEqual({
      'orders_total{shop="a"}': [
        [0, 0],
        [10, 8],
      ],
    });
  });

  it('are written when they change, the value before first; and each minute', async () => {
    const { feed, pass, settled } = collector();
    feed('orders:1|c');
    pass(10);
    feed('orders:1|c');
    pass(40);
    feed('orders:1|c');
    pass(130);
    await settled();
    expect(samples()['orders_total{}']).toEqual([
      [0, 0],
      [10, 1],
      [20, 2],
      [50, 2],
      [60, 3],
      [120, 3],
      [180, 3],
    ]);
  });

  it('rest when the retention has passed without a sample, and go on where they were', async () => {
    const { feed, pass, settled } = collector({ retention: 100 });
    feed('orders:5|c');
    pass(1000);
    feed('orders:1|c');
    pass(10);
    await settled();
    expect(samples()['orders_total{}']).toEqual([
      [0, 0],
      [10, 5],
      [70, 5],
      [1000, 5],
      [1010, 6],
    ]);
  });

  it('never fall: what is taken away is a counter of its own', async () => {
    const { feed, pass, settled } = collector();
    feed('open:3|c');
    pass(1);
    feed('open:-1|c');
    pass(19);
    feed('open:-1|c');
    pass(10);
    await settled();
    expect(samples()).toEqual({
      'open_total{}': [
        [0, 0],
        [10, 3],
        [20, 3],
        [30, 3],
      ],
      'open_decrease_total{}': [
        [0, 0],
        [10, 1],
        [20, 1],
        [30, 2],
      ],
    });
  });

  it('hold at a tick exactly what arrived before it, though thousands take a while to write', async () => {
    const { feed, pass, settled, writer } = collector({ maxSeries: 5000 });
    const all = Array.from({ length: 1000 }, (_, i) => `orders:1|c|#shop:${i}`).join('\n');
    feed(all);
    pass(10);
    // Most of it has not been written: only the event loop lets it go on.
    expect(writer.isBusy).toBe(true);
    feed(all);
    pass(1);
    await settled();
    pass(9);
    await settled();
    const found = Object.values(samples());
    expect(found.length).toBe(1000);
    for (const points of found) {
      expect(points).toEqual([
        [0, 0],
        [10, 1],
        [20, 2],
      ]);
    }
  });
});

it('writes gauges when they change, and knows nothing of the time before', async () => {
  const { feed, pass, settled } = collector();
  feed('queue:7|g');
  pass(10);
  feed('queue:7|g');
  pass(20);
  feed('queue:9|g\nqueue:-2|g');
  pass(10);
  await settled();
  expect(samples()).toEqual({
    'queue{}': [
      [10, 7],
      [30, 7],
      [40, -2],
    ],
  });
});

it('writes the distinct members of an interval, where there were any', async () => {
  const { feed, pass, settled } = collector();
  feed('users:ann|s\nusers:bob|s');
  pass(5);
  feed('users:ann|s\nusers:cid|s');
  pass(25);
  feed('users:ann|s');
  pass(10);
  await settled();
  expect(samples()).toEqual({
    'users_members{}': [
      [10, 3],
      [40, 1],
    ],
  });
});

it('estimates the members of large sets, within 2 %', async () => {
  const { feed, pass, settled, writer } = collector();
  for (let i = 0; i < 5; i++) {
    feed(Array.from({ length: 500 }, (_, j) => `users:${i * 500 + j}|s`).join('\n'));
    pass(1);
  }
  pass(5);
  await settled();
  const [[at, members]] = samples()['users_members{}'] as [[number, number]];
  expect(at).toBe(10);
  expect(Math.abs(members / 2500 - 1)).toBeLessThan(0.02);
  expect(writer.stats().dropped.members).toBe(0);
});

it('writes count, sum, and the range of an interval of a distribution', async () => {
  const { feed, pass, settled } = collector();
  feed('job:3:5|d\njob:-2|d');
  pass(20);
  feed('job:7|ms|@0.25');
  pass(10);
  await settled();
  const { 'job_count{}': count, 'job_sum{}': sum, 'job_min{}': min, 'job_max{}': max } = samples();
  expect({ count, sum, min, max }).toEqual({
    count: [
      [0, 0],
      [10, 3],
      [20, 3],
      [30, 7],
    ],
    sum: [
      [0, 0],
      [10, 6],
      [20, 6],
      [30, 34],
    ],
    min: [
      [10, -2],
      [30, 7],
    ],
    max: [
      [10, 5],
      [30, 7],
    ],
  });
  // Two types of the wire, one of the engine.
  expect(infos('routemeter_metric_info')).toEqual([
    'routemeter_metric_info{histograms="classic",metric="job",name="job",type="distribution"}',
    'routemeter_metric_info{histograms="classic",metric="job",name="job",type="timing"}',
  ]);
});

describe('names and labels', () => {
  it('adds up what is one in the narrower alphabet, and says what it was', async () => {
    const { feed, pass, settled } = collector();
    feed('a.b:1|c|#x.y:1\na_b:2|c|#x_y:1\na_b:4|c|#x_y:2,empty:');
    pass(10);
    await settled();
    expect(samples()).toEqual({
      'a_b_total{x_y="1"}': [
        [0, 0],
        [10, 3],
      ],
      'a_b_total{x_y="2"}': [
        [0, 0],
        [10, 4],
      ],
    });
    expect(infos('routemeter_')).toEqual([
      'routemeter_metric_info{metric="a.b",name="a_b",type="count"}',
      'routemeter_label_info{key="x.y",label="x_y"}',
      'routemeter_metric_info{metric="a_b",name="a_b",type="count"}',
    ]);
  });

  it('lets the tags of a sample win, but for the labels that tell who wrote it', async () => {
    const { feed, pass, settled } = collector({
      labels: new Map([
        ['host', 'web-1'],
        ['service', 'shop'],
      ]),
    });
    feed('m:1|c|#host:db-1,service:stock,job:a,instance:b,le:c,vmrange:d,__name__:e,9:f');
    pass(10);
    await settled();
    const [series] = written();
    const instance = `web-1:${START.toString(36)}`;
    expect(textOf(series!)).toBe(
      `m_total{_9="f",host="db-1",instance="${instance}",job="routemeter",service="stock",` +
        'tag___name__="e",tag_instance="b",tag_job="a",tag_le="c",tag_vmrange="d"}',
    );
  });

  it('keeps names apart that would mean two things', async () => {
    const { feed, pass, settled } = collector();
    feed('job:1|d\njob.count:5|g\njob_count:6|g\njob_count_gauge:1|d');
    pass(10);
    await settled();
    const found = samples();
    expect(found['job_count{}']!.at(-1)).toEqual([10, 1]);
    expect(found['job_count_gauge{}']).toEqual([[10, 6]]);
    expect(found['job_count_gauge_histogram_count{}']!.at(-1)).toEqual([10, 1]);
    expect(infos('routemeter_metric_info').filter((text) => text.includes('type="gauge"'))).toEqual([
      'routemeter_metric_info{metric="job.count",name="job_count_gauge",type="gauge"}',
      'routemeter_metric_info{metric="job_count",name="job_count_gauge",type="gauge"}',
    ]);
  });

  it('counts and tells samples for which no name is left', async () => {
    const { feed, pass, settled, writer, told } = collector();
    feed('routemeter_metric_info_gauge:1|d\nroutemeter.metric.info:2|g\nroutemeter.metric.info:3|g');
    pass(10);
    await settled();
    expect(writer.stats().dropped.names).toBe(2);
    expect(told).toEqual([expect.stringContaining('names that another metric has')]);
  });

  it('bounds names, values and tags', async () => {
    const { feed, pass, settled } = collector();
    const tags = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, '0')}:v`);
    feed(`${'n'.repeat(500)}:1|c|#${[`a${'k'.repeat(500)}:${'€'.repeat(1023)}😀`, ...tags].join(',')}`);
    pass(10);
    await settled();
    const { labels } = written()[0]!;
    expect(labels.length).toBe(22 + 4);
    expect(labels[0]).toEqual({ name: '__name__', value: `${'n'.repeat(200)}_total` });
    expect(labels[1]).toEqual({ name: `a${'k'.repeat(127)}`, value: '€'.repeat(1023) });
  });
});

describe('bounds', () => {
  it('lets units that rested longest make room, and no value ever falls under its labels', async () => {
    const { feed, pass, settled, writer } = collector({ maxSeries: 20, tuning: { maxUnits: 40 } });
    for (let round = 0; round < 12; round++) {
      // The store forgets after ten minutes, for want of room.
      for (let i = 0; i < 10; i++) feed(`m:1|c|#k:${(round * 10 + i) % 60}`);
      pass(700);
      await settled();
      expect(writer.stats().units).toBeLessThanOrEqual(40);
    }
    const { forgotten } = writer.stats();
    expect(forgotten).toBeGreaterThan(0);
    const last = new Map<string, number>();
    let sum = 0;
    for (const series of written()) {
      const text = textOf(series);
      if (!text.startsWith('m_total')) continue;
      for (const { value } of series.samples) {
        const before = last.get(text) ?? 0;
        expect(value).toBeGreaterThanOrEqual(before);
        sum += value - before;
        last.set(text, value);
      }
    }
    expect(sum).toBe(120);
    expect(new Set([...last.keys()].map((text) => /instance="([^"]+)"/.exec(text)![1])).size).toBeGreaterThan(
      1,
    );
  });

  it('counts and tells samples for which there is no room', async () => {
    const { feed, pass, settled, writer, told } = collector({ tuning: { maxUnits: 5 } });
    for (let i = 0; i < 10; i++) feed(`m:1|c|#k:${i}`);
    pass(10);
    await settled();
    expect(Object.keys(samples()).length + writer.stats().dropped.series).toBe(10);
    expect(told).toEqual([expect.stringContaining('too many series')]);
  });
});

describe('time', () => {
  it('writes what came since the last tick when it ends, at that moment', async () => {
    const { feed, pass, writer, clock } = collector();
    feed('a:1|c\nb:1|c');
    pass(10);
    pass(13);
    feed('a:2|c');
    clock.ms += 250;
    await writer.close();
    expect(samples()).toEqual({
      'a_total{}': [
        [0, 0],
        [10, 1],
        [20, 1],
        [23.25, 3],
      ],
      'b_total{}': [
        [0, 0],
        [10, 1],
      ],
    });
    expect(writer.stats().dropped.left).toBe(0);
  });

  it('another run is another instance: both count from zero', async () => {
    const first = collector();
    first.feed('a:3|c');
    first.pass(4);
    await first.writer.close();
    const second = collector({ start: first.clock.ms + 1 });
    second.feed('a:4|c');
    second.pass(6);
    await second.settled();
    const byInstance = new Map<string, WrittenSeries[]>();
    for (const series of written()) {
      if (!textOf(series).startsWith('a_total')) continue;
      const instance = series.labels.find(({ name }) => name === 'instance')!.value;
      byInstance.set(instance, [...(byInstance.get(instance) ?? []), series]);
    }
    expect([...byInstance.values()].map((series) => samplesOf(series)['a_total{}'])).toEqual([
      [
        [0, 0],
        [4, 3],
      ],
      [
        [0, 0],
        [10, 4],
      ],
    ]);
  });

  it('waits while the clock is behind, and goes on when it has caught up', async () => {
    const { feed, pass, settled, writer, clock } = collector();
    feed('a:1|c');
    pass(10);
    clock.ms -= 60_000;
    feed('a:2|c');
    pass(59);
    feed('a:4|c');
    pass(11);
    await settled();
    expect(samples()['a_total{}']).toEqual([
      [0, 0],
      [10, 1],
      [20, 7],
    ]);
    expect(writer.stats().clockBack).toBe(1);
  });

  it('closed while the clock is behind, it writes after its last tick all the same', async () => {
    const { feed, pass, writer, clock } = collector();
    feed('a:1|c');
    pass(10);
    clock.ms -= 60_000;
    feed('a:2|c');
    pass(1);
    await writer.close();
    expect(samples()['a_total{}']).toEqual([
      [0, 0],
      [10, 1],
      [10.001, 3],
    ]);
  });

  it('a clock that jumps ahead makes a gap', async () => {
    const { feed, pass, settled, clock } = collector();
    feed('a:1|c');
    pass(5);
    clock.ms += 300_000;
    pass(1);
    feed('a:2|c');
    pass(10);
    await settled();
    expect(samples()['a_total{}']).toEqual([
      [0, 0],
      [10, 1],
      [300, 1],
      [310, 3],
    ]);
  });
});

it('increases of windows between ticks add up to what was sent, whatever the traffic', async () => {
  const next = random(4);
  const { feed, pass, settled, writer } = collector();
  const sent: number[] = [];
  for (let second = 0; second < 600; second++) {
    // Long pauses, bursts, single samples.
    const n = next() < 0.05 ? Math.floor(next() * 20) : 0;
    sent.push(n);
    if (n > 0) feed(`a:${n}|c`);
    pass(1);
  }
  await settled();
  await writer.close();
  const points = samples()['a_total{}']!;
  const times = points.map(([at]) => at);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  for (let from = 0; from < 600; from += 10) {
    for (let to = from + 10; to <= 600; to += 10) {
      const inside = points.filter(([at]) => at >= from && at <= to).map(([, value]) => value);
      const increase = inside.length === 0 ? 0 : Math.max(...inside) - Math.min(...inside);
      expect(increase, `${from}..${to}`).toBe(sent.slice(from, to).reduce((a, b) => a + b, 0));
    }
  }
});
