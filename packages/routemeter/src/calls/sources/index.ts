import type { BuiltinSource, ModuleSource } from '../source.ts';
import { betterSqlite3 } from './better-sqlite3.ts';
import { httpClient } from './http-client.ts';
import { ioredis } from './ioredis.ts';
import { mongodb } from './mongodb.ts';
import { mysql2 } from './mysql2.ts';
import { nodeSqlite } from './node-sqlite.ts';
import { pg } from './pg.ts';
import type { PlaceName } from './places.ts';
import { redis } from './redis.ts';
import { fetching, undici } from './undici.ts';

/** Installed as soon as a meter sends calls. */
export const BUILTINS: readonly BuiltinSource[] = [fetching, httpClient];

/** Installed when their module is loaded, or handed to `upstreams()`. */
export const MODULES: Readonly<Record<PlaceName, ModuleSource>> = {
  pg,
  mysql2,
  mongodb,
  nodeSqlite,
  betterSqlite3,
  ioredis,
  redis,
  undici,
};
