import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveOptions, settingsOf } from '../../src/options.ts';
import { addressOf } from '../../src/write/target/address.ts';
import { detect } from '../../src/write/target/detect.ts';
import { Exchange } from '../../src/write/target/exchange.ts';
import { until } from '../helpers.ts';
import { samplesOf, startCollector } from './collector.ts';
import { type Receiver, startReceiver, textOf } from './receiver.ts';

describe('an address', () => {
  it.each([
    ['http://vm:8428', undefined, 'http://vm:8428/'],
    ['http://vm:8428/', undefined, 'http://vm:8428/'],
    ['https://prom.example/prometheus/', undefined, 'https://prom.example/prometheus/'],
    ['http://vm:8428/api/v1/write', 'http://vm:8428/api/v1/write', 'http://vm:8428/'],
    ['http://p:9090/prom/api/v1/write?a=b', 'http://p:9090/prom/api/v1/write?a=b', 'http://p:9090/prom/'],
    ['http://vm:8480/insert/0/prometheus', undefined, 'http://vm:8480/insert/0/prometheus/'],
    ['http://mimir/api/v1/push', 'http://mimir/api/v1/push', 'http://mimir/'],
    ['https://g.net/api/prom/push', 'https://g.net/api/prom/push', 'https://g.net/'],
    ['http://thanos:19291/api/v1/receive', 'http://thanos:19291/api/v1/receive', 'http://thanos:19291/'],
    [
      'https://aps.example/workspaces/ws-1/api/v1/remote_write',
      'https://aps.example/workspaces/ws-1/api/v1/remote_write',
      'https://aps.example/workspaces/ws-1/',
    ],
  ])('%s', (text, write, base) => {
    const address = addressOf(text);
    expect(address.write?.href).toBe(write);
    expect(address.base.href).toBe(base);
    expect(address.authorization).toBeUndefined();
  });

  it('gives user and password as basic authentication, and shows neither, nor a query', () => {
    const address = addressOf('https://me:p%40ss@host:9090/api/v1/write?key=secret');
    expect(address.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(address.write!.href).toBe('https://host:9090/api/v1/write?key=secret');
    expect(address.shown).toBe('https://host:9090/api/v1/write');
  });

  it.each(['vm:8428', 'udp://vm:8428', '', 'http://me:secret@:0x'])('%s is refused', (text) => {
    expect(() => addressOf(text)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(() => addressOf(text)).not.toThrow(/secret/);
  });
});

describe('options', () => {
  const write = 'http://127.0.0.1:8428';
  it.each<[LiveOptions, RegExp]>([
    [{ writeHistograms: 'native' }, /writeHistograms: nothing is written; give an address with --write/],
    [{ writeLabels: { a: 'b' } }, /writeLabels: nothing is written/],
    [{ writeHeaders: { a: 'b' } }, /writeHeaders: nothing is written/],
    [{ write, writeHistograms: 'exact' as never }, /writeHistograms: "exact" is not one of auto, native/],
    [{ write, writeLabels: { job: 'x' } }, /writeLabels: "job" is given by the writer itself/],
    [{ write, writeLabels: { 'my.env': 'x' } }, /writeLabels: "my.env" is not letters, digits and _/],
    [{ write, writeLabels: { env: '' } }, /writeLabels: env: "" is empty/],
    [{ write, writeLabels: { a: '1', b: '1', c: '1', d: '1', e: '1' } }, /6 labels are more than 5/],
    [{ write, writeHeaders: { 'a b': 'secret' } }, /writeHeaders: "a b" is no header with a value/],
    [{ write, writeHeaders: { a: 'sec\nret' } }, /writeHeaders: "a" is no header with a value/],
    [
      { write, writeHeaders: { 'Content-Encoding': 'gzip' } },
      /Content-Encoding is given by routemeter-live itself/,
    ],
    [{ write: 'http://a:b@c', writeHeaders: { Authorization: 'x' } }, /Authorization is given twice/],
  ])('%j is refused', (options, message) => {
    expect(() => settingsOf(options)).toThrow(message);
    expect(() => settingsOf(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(() => settingsOf(options)).not.toThrow(/secret/);
  });
});

describe('asking the target', () => {
  let receiver: Receiver;
  let pages: Record<string, [status: number, body: string]>;
  beforeEach(async () => {
    receiver = await startReceiver();
    pages = {};
    receiver.answer = (req, res) => {
      const [status, body] = pages[req.url!] ?? [req.method === 'POST' ? 204 : 404, ''];
      res.writeHead(status).end(body);
    };
  });
  afterEach(() => receiver.close());

  const json = (data: object): [number, string] => [200, JSON.stringify({ status: 'success', data })];
  const flags = (values: Record<string, string>) =>
    json({ 'web.enable-remote-write-receiver': 'true', 'enable-feature': '', ...values });
  const ask = (path = '') => detect(addressOf(receiver.url + path), new Exchange(), {});

  it.each([
    [flags({}), '2.42.0', 'classic'],
    [flags({ 'enable-feature': 'exemplar-storage,native-histograms' }), '2.42.0', 'native'],
    [flags({}), '3.7.3', 'classic'],
    [flags({}), '3.8.0', 'native'],
    [flags({}), '4.0.0-rc.1', 'native'],
  ])('Prometheus: %j, %s: %s', async (answer, version, histograms) => {
    pages = { '/api/v1/status/buildinfo': json({ version }), '/api/v1/status/flags': answer };
    const target = await ask();
    expect(target).toMatchObject({ engine: 'Prometheus', histograms });
    expect(target.write.pathname).toBe('/api/v1/write');
    expect(target.problem).toBeUndefined();
  });

  it.each([
    ['prometheus.WriteRequest,io.prometheus.write.v2.Request', '2.0'],
    ['[prometheus.WriteRequest]', '1.0'],
    [undefined, '1.0'],
  ])('Prometheus that reads %s is written %s', async (accepted, message) => {
    const own =
      accepted === undefined ? {} : { 'web.remote-write-receiver.accepted-protobuf-messages': accepted };
    pages = { '/api/v1/status/flags': flags(own) };
    expect(await ask()).toMatchObject({ engine: 'Prometheus', message });
  });

  it('Prometheus that takes no remote write: told what to do', async () => {
    pages = { '/api/v1/status/flags': flags({ 'web.enable-remote-write-receiver': 'false' }) };
    expect((await ask()).problem).toContain('--web.enable-remote-write-receiver');
  });

  it.each(['/', '/prometheus/'])(
    'Mimir, whose API is under %s, is written under /api/v1/push',
    async (prefix) => {
      pages = {
        [`${prefix}api/v1/status/buildinfo`]: json({ application: 'Grafana Mimir', version: '2.15.0' }),
      };
      const target = await ask();
      expect(target).toMatchObject({ engine: 'Mimir', histograms: 'native' });
      expect(target.write.href).toBe(`${receiver.url}/api/v1/push`);
    },
  );

  it('VictoriaMetrics, by its own metrics; of a cluster at the root', async () => {
    pages = {
      '/metrics': [200, `x 1\nvm_app_version{version="victoria-metrics-1"} 1\n${'y 1\n'.repeat(50_000)}`],
    };
    const target = await ask('/insert/0/prometheus');
    expect(target).toMatchObject({ engine: 'VictoriaMetrics', histograms: 'vmrange' });
    expect(target.write.href).toBe(`${receiver.url}/insert/0/prometheus/api/v1/write`);
  });

  it.each([401, 404, 200])('who answers %i and tells nothing gets classic histograms', async (status) => {
    for (const path of ['/api/v1/status/buildinfo', '/api/v1/status/flags', '/metrics']) {
      pages[path] = [status, 'null'];
    }
    expect(await ask('/api/v1/receive')).toMatchObject({ engine: 'unknown', histograms: 'classic' });
  });

  it('who does not answer yet is asked again; what came meanwhile is written then', async () => {
    pages = { '/api/v1/status/buildinfo': [503, ''] };
    const { feed, pass, writer, settled, told } = startCollector(receiver.url, { histograms: 'auto' });
    feed('a:1|c\nm:1:20|d');
    pass(10);
    await settledAsking(writer);
    feed('a:2|c');
    pass(10);
    expect(writer.stats()).toMatchObject({ histograms: null, sent: 0, skippedTicks: 2 });
    pages = { '/metrics': [200, 'vm_app_version{version="victoria-metrics-1"} 1'] };
    while (writer.stats().histograms === null) {
      pass(10);
      await settledAsking(writer);
    }
    pass(10);
    await settled();
    expect(writer.stats()).toMatchObject({ histograms: 'vmrange', engine: 'VictoriaMetrics' });
    const found = samplesOf(receiver.taken.flatMap(({ series }) => series));
    for (const [series, value] of [
      ['a_total{}', 3],
      ['m_bucket{vmrange="1.896e+01...2.154e+01"}', 1],
    ] as const) {
      expect(found[series]).toEqual([
        [0, 0],
        [expect.any(Number), value],
      ]);
    }
    expect(told).toEqual([expect.stringContaining('it answered 503')]);
  });

  it('who never told gets the last of it as classic histograms', async () => {
    pages = { '/api/v1/status/buildinfo': [503, ''] };
    const { feed, writer } = startCollector(receiver.url, { histograms: 'auto' });
    feed('m:1|d');
    await writer.close();
    expect(receiver.taken[0]!.url).toBe('/api/v1/write');
    expect(receiver.taken[0]!.series.some((series) => textOf(series).includes('le="+Inf"'))).toBe(true);
  });

  it('headers and authentication go with every request, those that ask included', async () => {
    const seen: unknown[] = [];
    receiver.answer = ({ method, headers: { authorization, 'x-scope-orgid': tenant } }, res) => {
      seen.push([method, authorization, tenant]);
      res.writeHead(method === 'POST' ? 204 : 404).end();
    };
    const url = receiver.url.replace('http://', 'http://me:secret@');
    const collector = startCollector(url, { histograms: 'auto', headers: { 'X-Scope-OrgID': 'team' } });
    await collector.settled();
    collector.feed('a:1|c');
    collector.pass(10);
    await collector.settled();
    const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    expect(new Set(seen.map((one) => JSON.stringify(one)))).toEqual(
      new Set(['GET', 'POST'].map((method) => JSON.stringify([method, basic, 'team']))),
    );
    expect(JSON.stringify([collector.writer.stats(), collector.told])).not.toContain('secret');
  });

  const settledAsking = (writer: { isBusy: boolean }) => until(() => !writer.isBusy);
});
