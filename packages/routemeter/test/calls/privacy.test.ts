import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { HTTP_PEERS, NAMES } from '../../src/calls/names.ts';
import { upstreams } from '../../src/calls/upstreams.ts';
import { httpMeter } from '../../src/frameworks/http.ts';
import { createMeter, type MeterOptions } from '../../src/index.ts';
import { readLines } from '../../src/testing/read.ts';
import { startPeers } from './peers.ts';
import { callers, callHosts, MODULES } from './privacy/callers.ts';
import { openStage, rowsOf } from './stage.ts';

const peers = await startPeers((request, response) => {
  request.resume();
  response.end('answer');
});
const { missing, ports } = peers;

beforeAll(async () => {
  upstreams(...MODULES);
  await peers.sql('create table users (name text, id text)');
});
afterAll(peers.stop);

/** A word, what looks like a number, and what needs escapes wherever it stands. */
const SECRETS = ['hunter2secret', '4929123412341234', 'pässwörd~|:#,@ 42'];

/** Every form in which a text may stand somewhere. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64'),
    bytes.toString('hex'),
    // As a dialect escapes it.
    ...secret.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length > 4),
  ];
  return forms.map((form) => form.toLowerCase());
}

const OUTPUTS: ReadonlyArray<[title: string, options: MeterOptions]> = [
  ['datadog', { server: 'datadog' }],
  ['statsd_exporter', { server: 'statsd_exporter' }],
  ['telegraf', { server: 'telegraf' }],
  ['graphite', { server: 'graphite' }],
  ['statsd', { server: 'statsd' }],
  ['classic names', { server: 'datadog', names: ['per-view', 'connect-datadog', 'express-hot-shots'] }],
];

describe.skipIf(missing !== null).each(OUTPUTS)(
  `%s${missing === null ? '' : ` (${missing})`}`,
  (_title, options) => {
    test('no secret leaves, there and by the live output, through whatever source', async () => {
      const [own, live] = await Promise.all([Collector.open(), Collector.open()]);
      process.env.ROUTEMETER_LIVE_URL = live.url;
      const said: string[] = [];
      const warned = (warning: Error) => said.push(String(warning.stack));
      process.on('warning', warned);
      const meter = createMeter({ ...options, url: own.url, upstreams: true, breakdown: true, flushMs: 20 });
      delete process.env.ROUTEMETER_LIVE_URL;
      const sources = Object.entries(callers(ports));
      const server = http.createServer(async (_request, response) => {
        for (const [source, call] of sources) {
          for (const secret of SECRETS) await meter.time(source, () => call(secret));
        }
        response.end();
      });
      httpMeter(server, { meter, route: () => '/secret' });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      try {
        const { port } = server.address() as AddressInfo;
        const options = { host: '127.0.0.1', port, agent: false };
        await new Promise<void>((resolve) => {
          http.get(options, (response) => response.resume().on('close', resolve));
        });
        await live.requests(1);
        await meter.close();
        while (!own.lines.some((line) => line.includes('client'))) await sleep(5);
        // Each source was seen, with all that the live output has of calls.
        const blocks = new Set(
          readLines(live.lines)
            .filter(({ name }) => /client\.(?:request|operation)\.wait$/.test(name))
            .map(({ tags }) => tags.block),
        );
        expect([...blocks].sort()).toEqual(sources.map(([source]) => source).sort());
        const text = [...own.lines, ...live.lines, ...said, JSON.stringify(meter.stats())];
        const all = text.join('\n').toLowerCase();
        for (const form of SECRETS.flatMap(formsOf)) expect(all).not.toContain(form);
      } finally {
        process.off('warning', warned);
        server.closeAllConnections();
        server.close();
        await meter.close();
        own.close();
        live.close();
      }
    });
  },
);

test('hosts that users enter are not told: they read `other`, and are counted', async () => {
  const hosts = Array.from({ length: HTTP_PEERS + 60 }, (_, i) => `tenant-${i}.example`);
  const stage = await openStage({ '/hooks': () => callHosts(ports.http, hosts) }, { maxSeries: 10_000 });
  try {
    await stage.get('/hooks');
    const rows = (await stage.rows()).filter(({ route }) => route === '/hooks');
    expect(new Set(rows.map(({ peer }) => peer))).toEqual(new Set(['other']));
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(hosts.length);
    expect(stage.meter.stats().otherCalls).toBe(hosts.length);
  } finally {
    await stage.stop();
  }
});

test.skipIf(missing !== null)('at most 200 names of calls leave a process', async () => {
  const pool = new pg.Pool({ host: '127.0.0.1', port: ports.postgresql, user: 'test', database: 'postgres' });
  const tables = Array.from(
    { length: NAMES + 50 },
    (_, i) => `made_up_${String.fromCharCode(97 + (i % 26))}${'x'.repeat(i / 26)}`,
  );
  const stage = await openStage(
    {
      '/many': async () => {
        for (const table of tables) await pool.query(`select * from ${table}`).catch(() => {});
      },
    },
    { maxSeries: 10_000 },
  );
  try {
    await stage.get('/many');
    const rows = rowsOf(readLines(await stage.meter.lines())).filter(({ route }) => route === '/many');
    const names = new Set(rows.map(({ name }) => name));
    expect(names).toContain('postgresql other');
    expect(names.size).toBeLessThanOrEqual(NAMES + 1);
    expect(rows.reduce((sum, { count, name }) => sum + (name.endsWith('CONNECT') ? 0 : count), 0)).toBe(
      tables.length,
    );
  } finally {
    await stage.stop();
    await pool.end();
  }
});
