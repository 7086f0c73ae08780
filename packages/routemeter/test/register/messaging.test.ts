import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { MEMCACHED_PROGRAMS, startMemcached } from '../../../testkit/src/servers/memcached.ts';
import { RABBITMQ_PROGRAMS, startRabbitmq } from '../../../testkit/src/servers/rabbitmq.ts';
import { REDIS_PROGRAMS, startRedis } from '../../../testkit/src/servers/redis.ts';
import { isPossible } from '../../src/register/es-modules.ts';

const missing = await debianPrograms({ ...MEMCACHED_PROGRAMS, ...RABBITMQ_PROGRAMS, ...REDIS_PROGRAMS });
const nodes = await suiteNodes();
const LIBRARIES = ['amqplib2', 'memjs', 'memcached', 'nodemailer10', 'bullmq6'];

/** Each library once in one request. */
const APP = `
const { port: smtp, rabbitmq, memcached, redis } = JSON.parse(process.env.SERVERS);
const host = '127.0.0.1';
const address = host + ':' + memcached;
const clients = { memjs: memjs.Client.create(address), memcached: new Memcached(address) };
const mails = nodemailer.createTransport({ host, port: smtp });
const queue = new bullmq.Queue('mails', { connection: { host, port: redis } });
const connected = amqplib.connect(rabbitmq).then((connection) => connection.createConfirmChannel());
http.createServer(async (request, response) => {
  try {
    const channel = await connected;
    await new Promise((done) => channel.publish('amq.fanout', 'key', Buffer.from('body'), {}, done));
    await clients.memjs.get('key');
    await new Promise((done) => clients.memcached.set('key', 'value', 0, done));
    await mails.sendMail({ from: 'a@example.com', to: 'b@example.com', text: 'text' });
    await queue.add('job', {});
    response.end('done');
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
}).listen(0, host, function () { console.log('port ' + this.address().port); });
`;

let library: Library;
let folder: string;
const stops: Array<() => unknown> = [];
const servers: Record<string, unknown> = {};

beforeAll(async () => {
  if (missing !== null) return;
  library = await buildLibrary('register-messaging');
  folder = await mkdtemp(join(tmpdir(), 'routemeter-messaging-'));
  const mails = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _, done) => void stream.resume().on('end', () => done()),
  });
  await new Promise<void>((listening) => mails.listen(0, '127.0.0.1', listening));
  const started = await Promise.all([startRabbitmq(), startMemcached(), startRedis()]);
  stops.push(() => new Promise<void>((closed) => mails.close(closed)), ...started.map(({ stop }) => stop));
  const [rabbitmq, memcached, redis] = started;
  const { port } = mails.server.address() as AddressInfo;
  Object.assign(servers, { port, rabbitmq: rabbitmq.url, memcached: memcached.port, redis: redis.port });
  const { resolve } = createRequire(import.meta.url);
  const required = LIBRARIES.map((name) => `require(${JSON.stringify(resolve(name))})`);
  const names = '[amqplib, memjs, Memcached, nodemailer, bullmq]';
  await writeFile(
    join(folder, 'app.cjs'),
    `const http = require('node:http'); const ${names} = [${required.join(', ')}];${APP}`,
  );
  const imported = LIBRARIES.map((name) => `import(${JSON.stringify(import.meta.resolve(name))})`);
  const modules = `(await Promise.all([${imported.join(', ')}])).map((module) => module.default ?? module)`;
  await writeFile(
    join(folder, 'app.mjs'),
    `import http from 'node:http'; const ${names} = ${modules};${APP}`,
  );
});
afterAll(async () => {
  for (const stop of stops) await stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe.skipIf(missing !== null)(`under the preload${missing === null ? '' : ` (${missing})`}`, () => {
  test.each(nodes.flatMap((node) => ['app.cjs', 'app.mjs'].map((app) => ({ ...node, app }))))(
    'Node $major, $app: each library is followed',
    async ({ path, version, app }) => {
      const collector = await Collector.open();
      const preload = pathToFileURL(library.esm('register')).href;
      const env = {
        ROUTEMETER_URL: collector.url,
        ROUTEMETER_UPSTREAMS: 'true',
        ROUTEMETER_FLUSH_MS: '100',
        ROUTEMETER_SILENT: '1',
        SERVERS: JSON.stringify(servers),
      };
      const child = await startChild(path, ['--import', preload, join(folder, app)], env);
      try {
        const answer = await fetch(`http://127.0.0.1:${child.port}/all`);
        expect([await answer.text(), child.stderr()]).toEqual(['done', '']);
        const lines = () =>
          collector.lines
            .filter((line) => /^(?:db|messaging|rpc)\./.test(line))
            .map(tagsOf)
            .sort();
        // In a program of ES modules nodemailer 10 is one itself.
        const mails = app === 'app.mjs' && !isPossible(version) ? [] : ['rpc.client.call smtp send'];
        const expected = [
          'db.client.operation memcached GET',
          'db.client.operation memcached SET',
          'messaging.client.operation bullmq add mails',
          'messaging.client.operation rabbitmq publish amq.fanout',
          ...mails,
        ];
        await vi.waitFor(() => expect(lines()).toEqual(expected), { timeout: 60_000, interval: 50 });
      } finally {
        await child.stop();
        collector.close();
      }
    },
    300_000,
  );
});

/** Metric and name of a call. */
function tagsOf(line: string): string {
  const tags = new Map(
    line
      .split('|#')[1]!
      .split(',')
      .map((tag) => [tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1)]),
  );
  const names = [
    'db_system_name',
    'db_operation_name',
    'messaging_system',
    'messaging_operation_name',
    'messaging_destination_name',
    'rpc_system',
    'rpc_method',
  ];
  return [line.split(':')[0], ...names.map((name) => tags.get(name))].filter(Boolean).join(' ');
}
