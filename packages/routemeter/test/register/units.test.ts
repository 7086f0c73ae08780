import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { RABBITMQ_PROGRAMS, startRabbitmq } from '../../../testkit/src/servers/rabbitmq.ts';
import { REDIS_PROGRAMS, startRedis } from '../../../testkit/src/servers/redis.ts';

const missing = await debianPrograms({ ...RABBITMQ_PROGRAMS, ...REDIS_PROGRAMS });
const nodes = await suiteNodes();
const BURN_MS = 60;

/** A worker and a consumer that one request makes, and another request sends to. */
const APP = `
const { queue, rabbitmq, redis } = JSON.parse(process.env.SERVERS);
const host = '127.0.0.1';
const connection = { host, port: redis };
const jobs = new bullmq.Queue(queue, { connection });
const connected = amqplib.connect(rabbitmq).then((made) => made.createChannel());
let done = 0;
function burn() {
  const from = process.cpuUsage();
  for (let used = 0; used < ${BURN_MS} * 1000; ) {
    const { user, system } = process.cpuUsage(from);
    used = user + system;
  }
  done++;
}
const routes = {
  '/open': async () => {
    // Whoever added it has the answer by then.
    new bullmq.Worker(queue, () => new Promise((done) => setTimeout(done, 100)).then(burn), { connection });
    const channel = await connected;
    await channel.assertQueue(queue, { autoDelete: true });
    await channel.consume(queue, (message) => { burn(); channel.ack(message); });
  },
  '/send': async () => {
    await jobs.add('welcome', {});
    (await connected).sendToQueue(queue, Buffer.from('body'));
  },
  '/done': () => done,
};
http.createServer(async (request, response) => {
  response.end(String(await routes[request.url]()));
}).listen(0, host, function () { console.log('port ' + this.address().port); });
`;

let library: Library;
let folder: string;
const stops: Array<() => unknown> = [];
const servers: Record<string, unknown> = {};

beforeAll(async () => {
  if (missing !== null) return;
  library = await buildLibrary('register-units');
  folder = await mkdtemp(join(tmpdir(), 'routemeter-units-'));
  const [rabbitmq, redis] = await Promise.all([startRabbitmq(), startRedis()]);
  stops.push(rabbitmq.stop, redis.stop);
  Object.assign(servers, { rabbitmq: rabbitmq.url, redis: redis.port });
  const { resolve } = createRequire(import.meta.url);
  await writeFile(
    join(folder, 'app.cjs'),
    `const http = require('node:http'); const [amqplib, bullmq] = [require(${JSON.stringify(resolve('amqplib2'))}), require(${JSON.stringify(resolve('bullmq6'))})];${APP}`,
  );
  await writeFile(
    join(folder, 'app.mjs'),
    `import http from 'node:http'; import amqplib from ${JSON.stringify(import.meta.resolve('amqplib2'))}; import * as bullmq from ${JSON.stringify(import.meta.resolve('bullmq6'))};${APP}`,
  );
});
afterAll(async () => {
  for (const stop of stops) await stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe.skipIf(missing !== null)(`units under the preload${missing === null ? '' : ` (${missing})`}`, () => {
  test.each(nodes.flatMap((node) => ['app.cjs', 'app.mjs'].map((app) => ({ ...node, app }))))(
    'Node $major, $app: jobs and messages are units, and nothing of them is on the request that made their workers',
    async ({ path, major, app }) => {
      const collector = await Collector.open();
      const env = {
        ROUTEMETER_URL: collector.url,
        ROUTEMETER_FLUSH_MS: '100',
        ROUTEMETER_SILENT: '1',
        SERVERS: JSON.stringify({ ...servers, queue: `mails-${app.replace('.', '')}-node${major}` }),
      };
      const preload = pathToFileURL(library.esm('register')).href;
      const child = await startChild(path, ['--import', preload, join(folder, app)], env);
      try {
        const get = (route: string) =>
          fetch(`http://127.0.0.1:${child.port}${route}`).then((got) => got.text());
        await get('/open');
        for (let at = 0; at < 3; at++) await get('/send');
        await vi.waitFor(async () => expect(await get('/done')).toBe('6'), { timeout: 60_000, interval: 50 });
        const of = (metric: string) => samples(collector.lines, metric);
        await vi.waitFor(() => expect(of('messaging.process.cpu')).toHaveLength(6), {
          timeout: 60_000,
          interval: 50,
        });
        const units = of('messaging.process');
        expect(units.map(({ tags }) => `${tags.get('work_kind')} ${tags.get('outcome')}`).sort()).toEqual([
          'job ok',
          'job ok',
          'job ok',
          'message ok',
          'message ok',
          'message ok',
        ]);
        const jobs = units.filter(({ tags }) => tags.get('work_kind') === 'job');
        expect(new Set(jobs.map(({ tags }) => tags.get('added_by')))).toEqual(new Set(['GET /send']));
        for (const { tags } of units) expect(tags.has('http_route')).toBe(false);
        for (const { value } of of('messaging.process.cpu')) expect(value).toBeGreaterThan(BURN_MS / 2);
        const onRoutes = [...of('http.server.request.cpu'), ...of('http.server.cpu_after')];
        const opening = onRoutes.filter(({ tags }) => tags.get('http_route') === '/open');
        expect(opening.length).toBeGreaterThan(0);
        expect(opening.reduce((sum, { value }) => sum + value, 0)).toBeLessThan(6 * BURN_MS);
        for (const { tags, value } of of('http.server.request.cpu'))
          if (tags.get('http_route') === '/send') expect(value).toBeLessThan(BURN_MS);
        expect(child.stderr()).toBe('');
      } finally {
        await child.stop();
        collector.close();
      }
    },
    300_000,
  );
});

/** The samples of one metric; a line can hold several values. */
function samples(lines: readonly string[], metric: string) {
  return lines
    .filter((line) => line.startsWith(`${metric}:`))
    .flatMap((line) => {
      const [head, tagged = ''] = line.split('|#');
      const tags = new Map(
        tagged
          .split(',')
          .map((tag) => [tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1)] as const),
      );
      const values = head!
        .slice(metric.length + 1)
        .split('|')[0]!
        .split(':');
      return values.map((value) => ({ tags, value: Number(value) }));
    });
}
