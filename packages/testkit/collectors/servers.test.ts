import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { SERVERS } from '../../routemeter/src/config/servers.ts';
import { compare } from '../src/collectors/compare.ts';
import { FORMS, nameOf, payloadsOf } from '../src/collectors/forms.ts';
import { COLLECTORS } from '../src/collectors/index.ts';
import { judge, ownOf, type Verdict } from '../src/collectors/judge.ts';
import type { Reading } from '../src/collectors/reading.ts';
import { type ServerRow, settle } from '../src/collectors/rows.ts';
import type { Running } from '../src/collectors/server.ts';
import { startExporter } from '../src/collectors/servers/statsd-exporter.ts';
import { traffic } from '../src/collectors/traffic.ts';
import { sendStream, sendUdp, sendUnixDatagrams } from '../src/collectors/transports.ts';
import { ROOT } from '../src/pack.ts';
import { eventually } from '../src/servers/program.ts';

/** Longer than any interval that these servers are started with. */
const QUIET_MS = 4_000;
const READ_MS = 60_000;

let running: Running | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** What a server has once it has the metric that was sent last, and nothing has changed for a while. */
async function readings(server: Running, last: string): Promise<Reading[]> {
  const end = performance.now() + READ_MS;
  let before = '';
  let since = performance.now();
  for (;;) {
    const now = await server.read();
    const text = JSON.stringify(
      now.map(({ name, tags, value, count, sum }) => [name, tags, value, count, sum]),
    );
    if (text !== before) since = performance.now();
    before = text;
    const isRead = now.some(({ name }) => name.replace(/[^a-z]/gi, '').startsWith(last));
    if ((isRead && performance.now() - since > QUIET_MS) || performance.now() > end) return now;
    await sleep(500);
  }
}

const sentOver = (transport: string) => `rm${transport}transportx:3|c`;
const isHere = (found: readonly Reading[], transport: string) =>
  found.some(({ name, value }) => name.startsWith(`rm${transport}transportx`) && value === 3);

for (const collector of COLLECTORS) {
  const { id, name, settings, how } = collector;
  test(`${id}: what ${name} does with each form of line, over each transport`, async () => {
    const version = await collector.install();
    running = await collector.start();
    const { udp, tcp, unixDatagram } = running;
    for (const form of FORMS) await sendUdp(udp, payloadsOf(form));
    if (tcp !== undefined) await sendStream(tcp, [sentOver('tcp')]);
    if (unixDatagram !== undefined) await sendUnixDatagrams(unixDatagram, [sentOver('unixdatagram')]);
    await sendUdp(udp, ['rmlastx:1|c']);
    const found = await readings(running, 'rmlastx');
    const forms: Record<string, Verdict> = Object.fromEntries(
      FORMS.map((form) => [form.id, judge(form, found)]),
    );
    const transports = {
      udp: true,
      tcp: tcp === undefined ? null : isHere(found, 'tcp'),
      unixDatagram: unixDatagram === undefined ? null : isHere(found, 'unixdatagram'),
    };
    expect(new Set(FORMS.map(nameOf)).size).toBe(FORMS.length);
    const vectors = FORMS.map((form) => ({
      ...form,
      payloads: payloadsOf(form),
      readings: ownOf(form, found).map(({ quantiles: _, ...reading }) => reading),
    }));
    const row: ServerRow = { kind: 'server', id, name, version, how, forms, transports, vectors };
    settle(row);
  }, 1_500_000);

  for (const setting of settings) {
    test(`${id}: an application with server: '${setting}' arrives at ${name}`, async () => {
      const version = await collector.install();
      running = await collector.start();
      const { recorded, stats } = await traffic(setting, `udp://127.0.0.1:${running.udp}`);
      await sendUdp(running.udp, ['rmlastx:1|c']);
      const found = await readings(running, 'rmlastx');
      const { dialect, reads } = SERVERS[setting];
      const sent = recorded.filter(({ kind }) => kind !== 'set' || dialect !== 'dogstatsd' || reads.sets);
      const isTagless = dialect === 'statsd';
      const { right, wrong } = compare(sent, found, {
        hasTags: !isTagless,
        hasWholeSums: id !== 'collectd',
      });
      expect(wrong).toEqual([]);
      const unsupported = recorded.length - sent.length;
      expect(stats.dropped).toEqual(unsupported === 0 ? {} : { unsupported: 2 * unsupported });
      expect(stats.handed).toBe(stats.samples - 2 * unsupported);
      const resize = found.find(
        ({ kind, name: found, count }) => kind === 'timing' && found.startsWith('resize') && count === 100,
      );
      const quantiles = resize?.quantiles;
      for (const [at, value] of Object.entries(quantiles ?? {})) {
        const wanted = Number(at) * 100;
        const ms = value < 1 ? value * 1000 : value;
        expect(Math.abs(ms - wanted), `quantile ${at}: ${value}`).toBeLessThanOrEqual(2);
      }
      settle({
        kind: 'setting',
        id: `${id}/${setting}`,
        version,
        metrics: right,
        quantiles: quantiles !== undefined,
      });
    }, 1_500_000);
  }
}

/** What `npx routemeter export` writes is held against the same rules as this file, in `npm test`. */
test('statsd_exporter: deploy/agents/statsd_mapping.yml makes histograms of timings, in seconds', async () => {
  const { text, ...exporter } = await startExporter([
    `--statsd.mapping-config=${join(ROOT, 'deploy/agents/statsd_mapping.yml')}`,
  ]);
  running = { ...exporter, read: async () => [] };
  await sendUdp(exporter.udp, [
    'shop.http.server.request:12.5:40|ms|#http_route:/users/:id,http_method:GET',
    'shop.http.server.request.cpu:1.5|ms|#http_route:/users/:id,http_method:GET',
  ]);
  const found = await eventually(text, (now) => now.includes('http_server_request_cpu_count'));
  const labels = 'http_method="GET",http_route="/users/:id",service="shop"';
  for (const line of [
    `http_server_request_bucket{${labels},le="0.01"} 0`,
    `http_server_request_bucket{${labels},le="0.02"} 1`,
    `http_server_request_bucket{${labels},le="0.05"} 2`,
    `http_server_request_cpu_bucket{${labels},le="0.002"} 1`,
  ])
    expect(found.split('\n')).toContain(line);
  const sum = found.split('\n').find((line) => line.startsWith(`http_server_request_sum{${labels}} `))!;
  expect(Number(sum.split(' ').at(-1))).toBeCloseTo(0.0525, 9);
}, 1_500_000);
