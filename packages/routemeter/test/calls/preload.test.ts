import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { POSTGRESQL_PROGRAMS, startPostgresql } from '../../../testkit/src/servers/postgresql.ts';
import { REDIS_PROGRAMS, startRedis } from '../../../testkit/src/servers/redis.ts';

const missing = await debianPrograms({ ...POSTGRESQL_PROGRAMS, ...REDIS_PROGRAMS });
const nodes = await suiteNodes();
const DRIVERS = fileURLToPath(new URL('./scripts/drivers.cjs', import.meta.url));
const required = createRequire(import.meta.url);
const SENT = /^(db\.client\.operation):([^|]+)\|d\|(?:@[^|]+\|)?#(.*)$/;

/** Programs of both formats; drivers are loaded by their files, since they stand in a folder of their own. */
function programs(settings: object): Record<'mjs' | 'cjs', string> {
  const file = (name: string) => required.resolve(name);
  const given = JSON.stringify(settings);
  return {
    mjs: `import pg from ${url(file('pg'))};
import * as ioredis from ${url(file('ioredis6'))};
import * as redis from ${url(file('redis6'))};
import drivers from ${url(DRIVERS)};
await drivers.drivers({ pg, ioredis, redis }, ${given});`,
    cjs: `const [pg, ioredis, redis] = ${JSON.stringify([file('pg'), file('ioredis6'), file('redis6')])}.map(require);
require(${JSON.stringify(DRIVERS)}).drivers({ pg, ioredis, redis }, ${given});`,
  };
}

const url = (file: string): string => JSON.stringify(pathToFileURL(file).href);

describe.skipIf(missing !== null)(`calls by the preload${missing === null ? '' : `: ${missing}`}`, () => {
  let postgresql: Awaited<ReturnType<typeof startPostgresql>>;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let library: Library;
  let folder: string;

  beforeAll(async () => {
    [postgresql, redis, library, folder] = await Promise.all([
      startPostgresql(),
      startRedis(),
      buildLibrary('calls-preload'),
      mkdtemp(join(tmpdir(), 'routemeter-calls-')),
    ]);
    const { port, user, database } = postgresql;
    const texts = programs({
      postgresql: { host: '127.0.0.1', port, user, database },
      redisPort: redis.port,
    });
    for (const [format, text] of Object.entries(texts)) await writeFile(join(folder, `app.${format}`), text);
  });
  afterAll(async () => {
    await Promise.all([postgresql?.stop(), redis?.stop()]);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const run = async (node: string, format: string, env: Record<string, string>) => {
    const collector = await Collector.open();
    try {
      const args = ['--import', library.esm('register'), join(folder, `app.${format}`)];
      const output = await new Promise<string>((resolve, reject) => {
        const options = { env: { PATH: process.env.PATH ?? '', ROUTEMETER_URL: collector.url, ...env } };
        execFile(node, args, options, (error, stdout, stderr) =>
          error === null ? resolve(stdout + stderr) : reject(new Error(stdout + stderr)),
        );
      });
      await collector.requests(100);
      return { output, lines: collector.lines };
    } finally {
      collector.close();
    }
  };

  describe.each(nodes.map(({ major, path }) => ({ major, path })))('Node $major', ({ path }) => {
    test.each(['mjs', 'cjs'])('each call is its own route’s, once: %s', async (format) => {
      const { output, lines } = await run(path, format, { ROUTEMETER_UPSTREAMS: 'db' });
      expect(output).toContain('{"failed":0}');
      expect(output).toMatch(/instrumented .*ioredis \d.*pg \d/);
      expect(callsOf(lines)).toEqual({
        '/three postgresql SELECT': 150,
        '/three redis GET': 100,
        '/ten postgresql INSERT': 500,
        '/ten redis MULTI': 50,
        '/ten redis SET': 50,
      });
    });
  });

  test('nothing is sent, and nothing told of libraries, unless it is asked for', async () => {
    const { output, lines } = await run(process.execPath, 'mjs', {});
    expect(output).not.toMatch(/pg \d|redis \d/);
    expect(callsOf(lines)).toEqual({});
  });
});

/** Counts by route, system and operation, but for the making of connections. */
function callsOf(lines: readonly string[]): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const line of lines) {
    const found = SENT.exec(line);
    if (found === null) continue;
    const tags = new Map(found[3]!.split(',').map((tag) => tag.split(/:(.*)/) as [string, string]));
    const operation = tags.get('db_operation_name');
    if (operation === 'CONNECT') continue;
    const key = `${tags.get('http_route')} ${tags.get('db_system_name')} ${operation}`;
    calls[key] = (calls[key] ?? 0) + found[2]!.split(':').length;
  }
  return calls;
}
