import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { suiteNodes } from '../src/nodes.ts';
import { ROOT } from '../src/pack.ts';
import { debianPrograms } from '../src/servers/debian.ts';
import { MARIADB_PROGRAMS, startMariadb } from '../src/servers/mariadb.ts';
import { startMongodbStandIn } from '../src/servers/mongodb-stand-in.ts';
import { POSTGRESQL_PROGRAMS, startPostgresql } from '../src/servers/postgresql.ts';
import { startStatsd } from '../src/statsd.ts';

const missing = await debianPrograms({ ...POSTGRESQL_PROGRAMS, ...MARIADB_PROGRAMS });
const servers =
  missing === null
    ? { pg: await startPostgresql(), mysql2: await startMariadb(), mongodb: await startMongodbStandIn() }
    : null;
afterAll(async () => {
  for (const server of Object.values(servers ?? {})) await server.stop();
});
const nodes = await suiteNodes();

const LIBRARIES = [
  ['pg', 'pg', 'postgresql SELECT'],
  ['mysql2-2/promise.js', 'mysql2', 'mysql SELECT'],
  ['mysql2-3/promise.js', 'mysql2', 'mysql SELECT'],
  ['mongodb6', 'mongodb', 'mongodb find users'],
  ['mongodb7', 'mongodb', 'mongodb find users'],
  ['node:sqlite', 'sqlite', 'sqlite SELECT'],
] as const;

const cases = nodes.flatMap(({ major, path }) =>
  LIBRARIES.flatMap(([module, library, name]) =>
    // Node has SQLite since 22.
    library === 'sqlite' && major < 22
      ? []
      : ['app.cjs', 'app.mjs'].map((file) => ({ major, path, module, library, name, file })),
  ),
);

/** Calls by system and summary; what connects stands beside them. */
function countsIn(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const [, values, tags] = /^db\.client\.operation:([^|]+)\|d\|#(.*)$/.exec(line) ?? [];
    if (values === undefined || !tags!.includes('http_route:/ask') || tags!.includes('CONNECT')) continue;
    const of = (tag: string) => new RegExp(`${tag}:([^,]*)`).exec(tags!)?.[1];
    const name = `${of('db_system_name')} ${of('db_query_summary')}`;
    counts[name] = (counts[name] ?? 0) + values.split(':').length;
  }
  return counts;
}

describe.skipIf(missing !== null)(`calls under the preload${missing === null ? '' : ` (${missing})`}`, () => {
  test.each(cases)('Node $major, $module in $file: one call a request', async (one) => {
    const statsd = await startStatsd();
    try {
      const port = one.library === 'sqlite' ? 0 : servers![one.library].port;
      const preload = join(ROOT, 'packages/routemeter/dist/register.mjs');
      const app = join(import.meta.dirname, 'fixtures/upstreams', one.file);
      const child = spawn(one.path, ['--import', preload, app, one.module, one.library, String(port)], {
        env: {
          PATH: process.env.PATH,
          ROUTEMETER_URL: statsd.url,
          ROUTEMETER_UPSTREAMS: 'true',
          ROUTEMETER_RUNTIME: 'false',
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (part) => {
        errors += part;
      });
      await once(child, 'close');
      expect(errors).toContain('instrumented');
      await expect.poll(() => countsIn(statsd.lines()), { timeout: 60_000 }).toEqual({ [one.name]: 10 });
    } finally {
      statsd.close();
    }
  });
});
