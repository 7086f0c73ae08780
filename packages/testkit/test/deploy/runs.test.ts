import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, CLI } from '../../../live/test/cli/built.ts';
import { type Run, runsOf } from '../../src/deploy/runs.ts';
import { type Running, startRun } from '../../src/deploy/stand-ins.ts';
import { debianPrograms } from '../../src/servers/debian.ts';
import { eventually } from '../../src/servers/program.ts';
import {
  startVictoriaMetrics,
  VICTORIA_PROGRAMS,
  type VictoriaMetrics,
} from '../../src/servers/victoria-metrics.ts';

const missing = await debianPrograms(VICTORIA_PROGRAMS);
if (missing !== null) console.warn(`Skipped: what the files of deploy/ run: ${missing}`);

const TOKEN = 'vM3xk0wPq7_Ld9sA2zTb';
const all = await runsOf();
const writers = all.filter(({ command, env }) => [...command, ...Object.keys(env)].some(isWrite));
const pages = all.filter(({ command }) => command.includes('--store'));

function isWrite(word: string): boolean {
  return word === '--write' || word === 'ROUTEMETER_LIVE_WRITE';
}

it('the files run collectors and pages, and nothing else of ours', () => {
  expect(writers.map(({ name }) => name)).toEqual([
    'compose.yaml: host',
    'kubernetes/sidecar.yaml: routemeter',
    'kubernetes/daemonset.yaml: routemeter',
    'systemd/routemeter-live.service',
  ]);
  expect(pages.map(({ name }) => name)).toEqual(['compose.yaml: page', 'kubernetes/page.yaml: page']);
  expect(all).toHaveLength(writers.length + pages.length);
});

describe.skipIf(missing !== null)('what the files of deploy/ run', () => {
  let folder: string;
  let engine: VictoriaMetrics;
  const running = new Map<string, Running>();
  beforeAll(async () => {
    build();
    folder = await mkdtemp(join(tmpdir(), 'routemeter-deploy-'));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, `${TOKEN}\n`);
    engine = await startVictoriaMetrics();
    for (const run of all) {
      running.set(run.name, await startRun(run, { cli: CLI, engine: engine.url, tokenFile }));
    }
    for (const run of writers) await send(run, 1);
  });
  afterAll(async () => {
    await Promise.all([...running.values()].map((one) => one.stop()));
    await engine?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  /** One request as an app would report it, with the file that its collector is from as its service. */
  async function send(run: Run, ms: number): Promise<void> {
    const socket = createSocket('udp4');
    const tags = `http_route:/probe,http_method:GET,http_status_code:200,service:${serviceOf(run)}`;
    const line = `http.server.request:${ms}|d|#${tags}`;
    const { statsdPort } = running.get(run.name)!;
    await new Promise((resolve) => socket.send(line, statsdPort, '127.0.0.1', resolve));
    socket.close();
  }

  const serviceOf = ({ name }: Run) => name.replace(/\W+/g, '-');

  /** As a kubelet does: by the address of the pod. */
  function probe(port: number, path: string, token?: string): Promise<number> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      const headers = { host: '10.1.2.3:8127', ...authorization };
      const req = request({ host: '127.0.0.1', port, path, headers, agent: false }, (res) => {
        res.resume();
        resolve(res.statusCode!);
      });
      req.on('error', reject);
      req.end();
    });
  }

  it.each(all)('$name: probes answer, the rest needs the token', async (run) => {
    const one = running.get(run.name)!;
    const port = Number(new URL(one.page).port);
    // Without a host of its own it is there for this machine alone, where probes come by loopback.
    const isOpen = run.env.ROUTEMETER_LIVE_HOST !== undefined;
    for (const path of isOpen ? run.probes : []) expect(await probe(port, path), path).toBe(200);
    if (run.healthcheck.length > 0) expect(one.health()).toBe(0);
    const status = async (path: string, headers = {}) => (await fetch(one.page + path, { headers })).status;
    for (const path of run.probes) expect(await status(path), path).toBe(200);
    expect(await status('/api/stats')).toBe(401);
    expect(await status('/api/stats', { authorization: `Bearer ${TOKEN}` })).toBe(200);
    expect(one.printed.text()).not.toContain(TOKEN);
  });

  const LABELS: Record<string, Record<string, string>> = {
    'compose.yaml: host': { stage: 'demo' },
    'kubernetes/sidecar.yaml: routemeter': { host: 'node-a', pod: 'shop-5d4f-x2x' },
    'kubernetes/daemonset.yaml: routemeter': { host: 'node-a' },
  };

  const countOf = async (run: Run) => {
    const found = await engine.query(
      `last_over_time(http_server_request_count{service="${serviceOf(run)}"}[5m])`,
    );
    return { count: Number(found[0]?.value[1] ?? 0), labels: found[0]?.metric ?? {} };
  };

  it.each(writers)(
    '$name: a sample sent to it reaches the engine',
    async (run) => {
      const { count, labels } = await eventually(
        () => countOf(run),
        (now) => now.count > 0,
      );
      expect(count).toBe(1);
      expect(labels).toMatchObject({ job: 'routemeter', http_route: '/probe', ...LABELS[run.name] });
      expect(labels.host).not.toBe('');
    },
    300_000,
  );

  it('the example of the Compose file is seen without being told', async () => {
    const found = await eventually(
      () => engine.query('last_over_time(http_server_request_count{http_route="/home"}[5m])'),
      (now) => now.length > 0,
    );
    expect(found[0]?.metric).toMatchObject({ stage: 'demo', http_method: 'GET' });
  });

  it.each(pages)(
    '$name: shows what the collectors wrote',
    async (run) => {
      const { page } = running.get(run.name)!;
      const headers = { authorization: `Bearer ${TOKEN}` };
      const services = async () => {
        const answer = await fetch(`${page}/api/routes?window=300`, { headers });
        const { routes } = (await answer.json()) as { routes: { service: string; count: number }[] };
        return new Map(routes.map(({ service, count }) => [service, count]));
      };
      const wanted = writers.map(serviceOf);
      const found = await eventually(services, (now) => wanted.every((service) => now.has(service)));
      for (const service of wanted) expect(found.get(service), service).toBe(1);
    },
    300_000,
  );

  it.each(writers)(
    '$name: the last sample before it is stopped is not lost',
    async (run) => {
      const { printed: _, ...one } = running.get(run.name)!;
      await send(run, 3);
      // Read, but far from the next write.
      const stats = async () =>
        (
          await fetch(`${one.page}/api/raw?limit=5000`, { headers: { authorization: `Bearer ${TOKEN}` } })
        ).text();
      await eventually(stats, (text) => text.split(`service:${serviceOf(run)}`).length >= 3);
      await one.stop();
      const { count } = await eventually(
        () => countOf(run),
        (now) => now.count === 2,
        15_000,
      );
      expect(count).toBe(2);
    },
    300_000,
  );
});
