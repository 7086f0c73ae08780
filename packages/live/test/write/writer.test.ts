import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START, samplesOf, startCollector } from './collector.ts';
import { type Receiver, startReceiver, textOf } from './receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const collector = (options: Parameters<typeof startCollector>[1] = {}) =>
  startCollector(`${receiver.url}/api/v1/write`, options);
const written = () => receiver.taken.flatMap(({ series }) => series);

describe('counters', () => {
  it('are cumulative, begin with a zero at the tick before, and stand at ticks', async () => {
    const { feed, pass, settled } = collector();
    pass(3);
    feed('orders:2|c|#shop:a');
    pass(4);
    feed('orders:3|c|#shop:a');
    pass(3);
    await settled();
    expect(samplesOf(written())).toEqual({
      'orders_total{shop="a"}': [
        [0, 0],
        [10, 5],
      ],
    });
  });

  it('are written when they change, the value before first; and each minute', async () => {
    const { feed, pass, settled } = collector();
    feed('orders:1|c');
    pass(10);
    feed('orders:1|c');
    pass(10);
    pass(30);
    feed('orders:1|c');
    pass(10);
    pass(120);
    await settled();
    expect(samplesOf(written())['orders_total{}']).toEqual([
      [0, 0],
      [10, 1],
      [20, 2],
      [50, 2],
      [60, 3],
      [120, 3],
      [180, 3],
    ]);
  });
});

it('names what it writes with all that is needed', async () => {
  const { feed, pass, settled } = collector({ histograms: 'native' });
  feed('http.server.request:12|d|#http.route:/a,env:live');
  pass(10);
  await settled();
  expect(receiver.taken[0]!.headers).toMatchObject({
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
  });
  const instance = `web-1:${START.toString(36)}`;
  const own = `env="live",host="web-1",http_route="/a",instance="${instance}",job="routemeter"`;
  const run = `host="web-1",instance="${instance}",job="routemeter"`;
  expect(
    written()
      .map((series) => textOf(series))
      .sort(),
  ).toEqual([
    `http_server_request_count{${own}}`,
    `http_server_request_max{${own}}`,
    `http_server_request_min{${own}}`,
    `http_server_request_sum{${own}}`,
    `http_server_request{${own}}`,
    `routemeter_label_info{${run},key="http.route",label="http_route"}`,
    `routemeter_metric_info{histograms="native",${run},metric="http.server.request",name="http_server_request",type="distribution"}`,
  ]);
});
