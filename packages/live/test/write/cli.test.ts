import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { build, CLI } from '../cli/built.ts';
import { start } from '../cli/command.ts';
import { type Json, startLive, until } from '../helpers.ts';
import { type Receiver, startReceiver, textOf } from './receiver.ts';

const missing = await debianPrograms(VICTORIA_PROGRAMS);
beforeAll(build);

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const anywhere = ['--port', '0', '--statsd-port', '0'];
const getJson = async (url: string) => (await (await fetch(url)).json()) as Json;
const last = (name: string) =>
  receiver.taken
    .flatMap(({ series }) => series)
    .filter((series) => textOf(series).startsWith(`${name}{`))
    .at(-1);

async function send(port: number, text: string): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(text, port, '127.0.0.1', resolve));
  socket.close();
}

describe.skipIf(missing !== null)('with real ticks', () => {
  it('every sample is in the engine when the collector has ended, under the labels given', async () => {
    const victoria = await startVictoriaMetrics();
    const labels = 'host:web-7,service:shop';
    const run = start([...anywhere, '--write', victoria.url, '--write-labels', labels]);
    const { url, port } = await run.addresses('stdout');
    expect(run.out.stdout).toContain(`Writing to ${victoria.url} every 10 s.`);
    const write = async () => (await getJson(`${url}/api/stats`)).write;
    let sent = 0;
    // Some before a tick and some after it.
    const more = async () => {
      await send(port, 'orders:1|c\njob:10:20|d');
      sent++;
    };
    const from = Date.now();
    while ((await write()).sent === 0) await more();
    for (let i = 0; i < 10; i++) await more();
    run.child.kill('SIGTERM');
    expect(await run.closed).toBe(0);
    expect(run.out.stderr).toBe('');
    const window = `[${Math.ceil((Date.now() - from) / 1000) + 20}s]`;
    const increase = (name: string) => `max_over_time(${name}${window}) - min_over_time(${name}${window})`;
    for (const [name, count] of [
      ['orders_total', sent],
      ['job_count', 2 * sent],
      ['job_sum', 30 * sent],
    ] as const) {
      const [found, other] = await victoria.query(increase(name), Date.now() + 1000);
      expect(other).toBeUndefined();
      expect(Number(found!.value[1]), name).toBe(count);
      expect(found!.metric).toMatchObject({ job: 'routemeter', host: 'web-7', service: 'shop' });
    }
    const ticks = await victoria.export('orders_total');
    expect(ticks[0]!.values[0]).toBe(0);
    await victoria.stop();
  });
});

it('writes what a command measured, when that has ended', async () => {
  const app = `
    const { port, hostname } = new URL(process.env.ROUTEMETER_LIVE_URL);
    const socket = require('node:dgram').createSocket('udp4');
    socket.send('orders:7|c', Number(port), hostname, () => socket.close());
  `;
  const env = {
    ROUTEMETER_LIVE_WRITE: receiver.url.replace('//', '//me:secret@'),
    ROUTEMETER_LIVE_WRITE_HEADER: 'X-Scope-OrgID: team\nX-Other: 1',
  };
  const run = start(['--port', '0', '--write-histograms', 'classic', process.execPath, '-e', app], env);
  expect(await run.closed).toBe(0);
  expect(last('orders_total')!.samples.map(({ value }) => value)).toEqual([0, 7]);
  expect(receiver.taken[0]!.headers).toMatchObject({
    'x-scope-orgid': 'team',
    'x-other': '1',
    authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
  });
  expect(run.out.stderr).toContain(`Writing to ${receiver.url} every 10 s.`);
  expect(run.out.stderr).not.toContain('secret');
});

it('a target that hangs does not hold the end for long, and what is left is told', async () => {
  receiver.answer = () => {};
  const run = start([...anywhere, '--write', `${receiver.url}/api/v1/write`, '--write-histograms', 'native']);
  const { url, port } = await run.addresses('stdout');
  await send(port, 'orders:1|c');
  await until(async () => (await getJson(`${url}/api/stats`)).samples === 1);
  run.child.kill('SIGTERM');
  expect(await run.closed).toBe(0);
  expect(run.out.stderr).toContain('3 samples were not taken by');
});

it.each([
  [['--write', 'http//me:secret@x'], 'write: it is not an address such as http://127.0.0.1:8428'],
  [['--write', 'http://x', '--write-histograms', 'exact'], "'exact' is invalid"],
  [['--write', 'http://x', '--write-labels', 'service'], 'Give labels such as service:shop,env:live.'],
  [['--write', 'http://x', '--write-labels', 'job:x'], '"job" is given by the writer itself'],
  [['--write', 'http://x', '--write-header', 'secret'], "--write-header: give 'Name: value'"],
  [['--write-histograms', 'native'], 'nothing is written; give an address with --write URL'],
])('%j is refused before anything starts', async (args, message) => {
  const run = start([...anywhere, ...args]);
  expect(await run.closed).toBe(2);
  expect(run.out.stderr).toContain(message);
  expect(run.out.stderr.trim().split('\n').length).toBe(1);
  expect(run.out.stderr).not.toContain('secret');
});

it('docs/fleet.md lists every option and its variable', () => {
  const text = readFileSync(new URL('../../../../docs/fleet.md', import.meta.url), 'utf8');
  const help = spawnSync(process.execPath, [CLI, '--help'], { encoding: 'utf8' }).stdout;
  const flags = [...help.matchAll(/--write[a-z-]*/g)].map(([flag]) => flag);
  expect(new Set(flags).size).toBe(4);
  for (const flag of flags) {
    const variable = `ROUTEMETER_LIVE_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`;
    expect(text).toMatch(new RegExp(`\\| \`${flag}[^|]*\\| \`${variable}\``));
  }
});

it('tells of it in /api/stats and /metrics, and only where it writes', async () => {
  await using live = await startLive({
    write: `${receiver.url}/api/v1/write`,
    writeHistograms: 'vmrange',
    writeLabels: { host: 'web-1' },
    writeTuning: { tickMs: 1000 },
  });
  await live.send('orders:1|c');
  await until(async () => (await live.get('/api/stats')).body.write.sent > 0);
  const { write } = (await live.get('/api/stats')).body;
  expect(write).toMatchObject({
    url: `${receiver.url}/api/v1/write`,
    engine: 'unknown',
    histograms: 'vmrange',
    queued: { requests: 0, bytes: 0 },
    dropped: { refused: 0, left: 0, series: 0, names: 0, members: 0 },
    units: 2,
  });
  expect(write.instance).toMatch(/^web-1:[0-9a-z]{8}$/);
  const text = await (await fetch(`${live.live.url}/metrics`)).text();
  expect(text).toMatch(/^routemeter_live_write_samples_total [1-9]/m);
  expect(text).toContain('routemeter_live_write_dropped_total{cause="refused"} 0');

  await using quiet = await startLive();
  expect((await quiet.get('/api/stats')).body.write).toBeUndefined();
  expect(await (await fetch(`${quiet.live.url}/metrics`)).text()).not.toContain('write_');
});

it('a port that is taken ends the start at once, though the target hangs', async () => {
  receiver.answer = () => {};
  await using other = await startLive();
  await expect(startLive({ port: other.live.port, write: receiver.url })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
  });
});
