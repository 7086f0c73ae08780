import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { POSTGRESQL_PROGRAMS, startPostgresql } from '../../../../testkit/src/servers/postgresql.ts';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { openStage } from '../stage.ts';

/** What is used of a generated client. */
interface Client {
  item: {
    findUnique(query: object): Promise<unknown>;
    create(query: object): Promise<unknown>;
  };
  $queryRaw(text: TemplateStringsArray, ...values: unknown[]): Promise<unknown>;
  $executeRawUnsafe(text: string): Promise<unknown>;
  $transaction(work: readonly Promise<unknown>[] | ((inside: Client) => Promise<unknown>)): Promise<unknown>;
  $disconnect(): Promise<void>;
}

const SCHEMA = `generator client {
  provider = "prisma-client-js"
}
datasource db {
  provider = "postgresql"
}
model Item {
  id   Int    @id @default(autoincrement())
  name String
}
`;
const CONFIG = "module.exports = { schema: 'schema.prisma' };\n";

const missing = await debianPrograms(POSTGRESQL_PROGRAMS);
const server = missing === null ? await startPostgresql() : null;
afterAll(() => server?.stop());

/** A folder with the client of `SCHEMA`. */
async function generated(): Promise<string> {
  const folder = await installedFolder('prisma', {
    dependencies: {
      prisma: '7.10.1',
      '@prisma/client': '7.10.0',
      '@prisma/adapter-pg': '7.10.1',
      pg: '8.23.0',
    },
  });
  if (existsSync(join(folder, 'node_modules/.prisma/client/index.js'))) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'schema.prisma'), SCHEMA);
  await writeFile(join(folder, 'prisma.config.cjs'), CONFIG);
  // The engine of migrations is looked for, and not run: any program in its place saves a download.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const args = ['node_modules/prisma/build/index.js', 'generate', '--config', 'prisma.config.cjs'];
  await promisify(execFile)(process.execPath, args, { cwd: folder, env, timeout: 60_000 });
  return folder;
}

describe.skipIf(missing !== null)(`prisma 7 over pg${missing === null ? '' : ` (${missing})`}`, () => {
  let prisma: Client;
  beforeAll(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: installed on demand, without types
    const load = createRequire(join(await generated(), 'x.js')) as (name: string) => any;
    upstreams(load('pg'));
    const { PrismaPg } = load('@prisma/adapter-pg');
    const { user, database, port } = server!;
    const adapter = new PrismaPg({ host: '127.0.0.1', port, user, database, max: 2 });
    prisma = new (load('@prisma/client').PrismaClient)({ adapter }) as Client;
    await prisma.$executeRawUnsafe('create table "Item" (id serial primary key, name text not null)');
    await prisma.item.create({ data: { name: 'first' } });
  });
  afterAll(() => prisma?.$disconnect());

  test('50 requests at once over two connections: each statement once, on the route that made it', async () => {
    const find = (client: Client) => client.item.findUnique({ where: { id: 1 } });
    const stage = await openStage({
      '/three': async () => {
        for (let i = 0; i < 3; i++) await find(prisma);
      },
      '/raw': () => prisma.$queryRaw`select name from "Item" where id = ${1}`,
      '/batch': () => prisma.$transaction([prisma.item.create({ data: { name: 'x' } }), find(prisma)]),
      // Prisma asks once for what `findUnique` finds in one turn.
      '/joined': () => Promise.all([find(prisma), find(prisma)]),
      '/transaction': (meter) =>
        prisma.$transaction(async (inside) => {
          await inside.item.create({ data: { name: 'hunter2secret' } });
          await meter.time('inner', () => inside.$queryRaw`select 1 from "Item"`);
        }),
    });
    try {
      const paths = ['/three', '/raw', '/batch', '/transaction', '/joined'];
      await Promise.all(Array.from({ length: 50 }, (_, at) => stage.get(paths[at % paths.length]!)));
      const found: Record<string, number> = {};
      const errors: string[] = [];
      for (const row of await stage.rows()) {
        errors.push(...row.errors);
        // Whoever needs a connection makes it.
        if (row.name.endsWith('CONNECT')) continue;
        found[[row.route, row.block, row.name].filter(Boolean).join(' ')] = row.count;
      }
      expect(errors).toEqual([]);
      expect(found).toEqual({
        '/three postgresql SELECT Item': 30,
        '/raw postgresql SELECT Item': 10,
        '/batch postgresql BEGIN': 10,
        '/batch postgresql INSERT Item': 10,
        '/batch postgresql SELECT Item': 10,
        '/batch postgresql COMMIT': 10,
        '/transaction postgresql BEGIN': 10,
        '/transaction postgresql INSERT Item': 10,
        '/transaction inner postgresql SELECT Item': 10,
        '/transaction postgresql COMMIT': 10,
        '/joined postgresql SELECT Item': 10,
      });
      expect((await stage.meter.lines()).filter((line) => line.includes('hunter2secret'))).toEqual([]);
    } finally {
      await stage.stop();
    }
  });
});
