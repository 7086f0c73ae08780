import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HISTOGRAMS, storedAs } from '../../src/write/histograms/kind.ts';
import { until } from '../helpers.ts';
import { type CollectorOptions, samplesOf, startCollector } from './collector.ts';
import { decode, type Receiver, reads, startReceiver, textOf, writtenHeaders } from './receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const written = () => receiver.taken.flatMap(({ series }) => series);
const versions = () => receiver.taken.map(({ headers }) => headers['x-prometheus-remote-write-version']);
const collector = (options: CollectorOptions = {}) => startCollector(`${receiver.url}/api/v1/write`, options);

/** A target that tells by its flags that it reads 2.0, and answers so. */
function likePrometheus(answer: Receiver['answer'] = reads('1.0', '2.0')): void {
  const flags = {
    'web.enable-remote-write-receiver': 'true',
    'web.remote-write-receiver.accepted-protobuf-messages': 'io.prometheus.write.v2.Request',
  };
  receiver.answer = (req, res, body) => {
    if (req.method === 'POST') answer(req, res, body);
    else if (req.url!.endsWith('/flags')) res.end(JSON.stringify({ data: flags }));
    else res.writeHead(404).end();
  };
}

const LINES =
  'http.server.request:12:0:300|d|#http.route:/ä,zone:eu\norders:2|c\nstock:-1|c\nqueue:7|g\nusers:a|s\nd:-3:4|h|@0.4';

/** The same traffic, as it arrived. */
async function traffic(options: CollectorOptions): Promise<ReturnType<typeof written>> {
  receiver.taken.length = 0;
  const { feed, pass, settled, writer } = startCollector(receiver.url, options);
  await settled();
  for (let i = 0; i < 3; i++) {
    feed(LINES);
    pass(10);
  }
  await settled();
  await writer.close();
  expect(writer.stats()).toMatchObject({ retries: 0, dropped: { refused: 0, left: 0 } });
  return written();
}

it.each(HISTOGRAMS)('2.0 says what 1.0 says, with %s histograms', async (histograms) => {
  receiver.answer = (req, res) => res.writeHead(req.method === 'POST' ? 204 : 404).end();
  const one = await traffic({ histograms });
  expect(new Set(versions())).toEqual(new Set(['0.1.0']));
  likePrometheus();
  const two = await traffic({ histograms });
  expect(new Set(versions())).toEqual(new Set(['2.0.0']));
  expect(two.map(({ type: _, ...series }) => series)).toEqual(one);
  expect(one.length).toBeGreaterThan(20);
  for (const { labels } of two) {
    const names = labels.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
  }
  const types = Object.fromEntries(two.map((series) => [textOf(series).split('{')[0], series.type]));
  expect(types).toMatchObject({
    orders_total: 1,
    queue: 2,
    http_server_request_count: 1,
    stock_decrease_total: 1,
  });
  const isNative = storedAs(histograms) === 'native';
  expect(types[isNative ? 'd' : 'd_bucket']).toBe(isNative ? 3 : 1);
});

describe('a target that reads another message than it is sent', () => {
  const VALUES = [0, 1, 2, 3, 4];
  const total = () => samplesOf(written())['a_total{}']!.map(([, value]) => value);

  /** Ticks with a count and a distribution; `after` is called once two of them were taken. */
  async function ticks(one: ReturnType<typeof collector>, after = () => {}): Promise<void> {
    await one.settled();
    for (let i = 0; i < 4; i++) {
      one.feed('a:1|c\nb:5:70|d');
      one.pass(10);
      await one.settled();
      if (i === 1) after();
    }
  }

  it('gets 2.0 where it answers 415 to 1.0, with what waited', async () => {
    receiver.answer = reads('2.0');
    const one = collector({ histograms: 'native' });
    await ticks(one);
    expect(total()).toEqual(VALUES);
    expect(written().filter(({ histograms }) => histograms.length > 0)).toHaveLength(4);
    expect(new Set(versions())).toEqual(new Set(['2.0.0']));
    // One request alone was in vain.
    expect(receiver.requests).toBe(5);
    expect(one.writer.stats()).toMatchObject({ message: '2.0', sent: 4, dropped: { refused: 0 } });
    expect(one.told).toEqual([]);
  });

  it('gets 1.0 where it answers 415 to 2.0 from some moment on', async () => {
    likePrometheus();
    const one = startCollector(receiver.url, { histograms: 'native' });
    await ticks(one, () => {
      receiver.answer = reads('1.0');
    });
    expect(versions()).toEqual(['2.0.0', '2.0.0', '0.1.0', '0.1.0']);
    expect(total()).toEqual(VALUES);
    expect(one.writer.stats()).toMatchObject({ message: '1.0', sent: 4, dropped: { refused: 0 } });
  });

  it('gets 1.0 where it takes 2.0 without a word of what it wrote', async () => {
    likePrometheus((_req, res) => res.writeHead(200).end());
    const one = startCollector(receiver.url);
    await ticks(one);
    // What it has of 2.0 is an empty request.
    expect(versions()).toEqual(['2.0.0', '0.1.0', '0.1.0', '0.1.0', '0.1.0']);
    receiver.taken.shift();
    expect(total()).toEqual(VALUES);
    expect(one.writer.stats()).toMatchObject({ message: '1.0', sent: 4, dropped: { refused: 0 } });
  });

  it('gets what waited for it as the message that it reads by then', async () => {
    likePrometheus((_req, res) => res.writeHead(503).end());
    const one = startCollector(receiver.url, { histograms: 'native' });
    await one.settled();
    for (let i = 0; i < 4; i++) {
      one.feed('a:1|c\nb:5:70|d');
      one.pass(10);
    }
    await until(() => one.writer.stats().retries > 1);
    const { bytes } = one.writer.stats().queued;
    receiver.answer = reads('1.0');
    await one.settled();
    expect(total()).toEqual(VALUES);
    expect(new Set(versions())).toEqual(new Set(['0.1.0']));
    expect(one.writer.stats()).toMatchObject({ sent: 4, queued: { requests: 0, bytes: 0 } });
    expect(bytes).toBeGreaterThan(0);
  });

  it('that reads neither loses them, counted, each asked twice', async () => {
    receiver.answer = reads();
    const one = collector();
    one.feed('a:1|c');
    one.pass(10);
    await one.settled();
    expect(receiver.requests).toBe(2);
    // The counter and its zero, and what it was called.
    expect(one.writer.stats()).toMatchObject({ sent: 0, dropped: { refused: 3 } });
    expect(one.told).toEqual([expect.stringContaining('it answered 415')]);
  });
});

it('counts what a target wrote of a request of 2.0 that it refused', async () => {
  likePrometheus((_req, res, body) => {
    const [first] = decode(body, 'application/x-protobuf;proto=io.prometheus.write.v2.Request');
    res.writeHead(400, writtenHeaders([first!])).end('out of bounds');
  });
  const { feed, pass, settled, writer, told } = startCollector(receiver.url);
  await settled();
  feed('a:1|c');
  pass(10);
  await settled();
  expect(writer.stats()).toMatchObject({ sent: 0, samples: 2, dropped: { refused: 1 } });
  expect(told).toEqual([expect.stringContaining('out of bounds; 1 samples were lost')]);
});
