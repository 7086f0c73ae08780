import http from 'node:http';
import * as ioredis5 from 'ioredis5';
import * as ioredis6 from 'ioredis6';
import pg from 'pg';
import * as redis5 from 'redis5';
import * as redis6 from 'redis6';
import * as undici from 'undici7';
import type { Ports } from '../peers.ts';

export const MODULES = [pg, ioredis5, ioredis6, redis5, redis6, undici] as const;

const none = () => {};
const SCRIPT = 'return redis.call("get", KEYS[1])';

/** Statements with the secret wherever people write values, in one dialect of SQL or another. */
function statements(secret: string): string[] {
  return [
    `select * from users where name = '${secret}'`,
    `select * from users where name = E'it\\'s ${secret}' and a = 'it''s ${secret}'`,
    `select * from users where name = $tag$${secret}$tag$`,
    `select "${secret}" from (values (1)) as t("${secret}")`,
    `/* ${secret} */ select 1 -- ${secret}`,
    `-- ${secret}\nselect 1`,
    `select 1 /* /* nested */ ${secret} */`,
    `select * from users where id in (1, 2, '${secret}') /* ${secret}`,
    `insert into users values ('${secret}', '${secret}')`,
    `update users set name = '${secret}' where id = 1`,
    `set application_name = '${secret}'`,
    `create role "${secret}" with password '${secret}'`,
    `copy users from program '${secret}'`,
    `notify channel, '${secret}'`,
    `prepare plan as select '${secret}'`,
    `do $$ begin raise notice '${secret}'; end $$`,
    `with x as (select '${secret}') select * from x`,
    `listen "${secret}"`,
    `call "${secret}"('${secret}')`,
    `${secret}`,
    `${secret} ${secret} '${secret}'`,
    `select ' from ${secret} '`,
    `select 'unfinished ${secret}`,
  ];
}

interface Callers {
  [source: string]: (secret: string) => Promise<unknown>;
}

/** Calls through every source, with the secret as value, literal, key, path, query, header, body, script and user. */
export function callers({ http: port, postgresql, redis }: Ports): Callers {
  const origin = `http://127.0.0.1:${port}`;
  const paths = (secret: string) => {
    const text = encodeURIComponent(secret);
    return [`/${text}`, `/a/${text}/b?token=${text}#${text}`, `/?${text}=${text}`, `//${text}/x`];
  };
  const got = (options: http.RequestOptions) =>
    new Promise<void>((resolve) => {
      http
        .get({ host: '127.0.0.1', port, ...options }, (response) => response.resume().on('close', resolve))
        .on('error', () => resolve());
    });
  return {
    async fetch(secret) {
      const text = encodeURIComponent(secret);
      for (const path of paths(secret)) await (await fetch(origin + path)).text();
      const headers = { authorization: `Bearer ${text}`, cookie: text, 'x-key': text };
      await (await fetch(origin, { method: 'POST', headers, body: secret })).text();
      await fetch(origin, { method: text.replace(/\W/g, 'x') }).then((answer) => answer.text(), none);
      await fetch(`http://${text.replace(/\W/g, '')}:1@127.0.0.1:1/`).catch(none);
    },
    async 'node:http'(secret) {
      const text = encodeURIComponent(secret);
      for (const path of paths(secret)) await got({ path });
      await got({ auth: `${text}:${text}`, path: '/', headers: { referer: text } });
      await got({ socketPath: `/nowhere/${text}.sock` });
    },
    async undici(secret) {
      const client = new undici.Pool(origin, { connections: 1 });
      for (const path of paths(secret)) await (await client.request({ path, method: 'GET' })).body.text();
      await client.close();
    },
    async pg(secret) {
      const pool = new pg.Pool({
        host: '127.0.0.1',
        port: postgresql,
        user: 'test',
        database: 'postgres',
        max: 2,
      });
      for (const statement of statements(secret)) await pool.query(statement).catch(none);
      await pool.query('select $1::text, $2::text', [secret, secret]);
      await pool.query({ name: secret.slice(0, 40), text: 'select 1' });
      const client = await pool.connect();
      await client.query(`savepoint "${secret}"`).catch(none);
      client.release();
      await pool.end();
      const named = new pg.Client({ host: '127.0.0.1', port: postgresql, user: secret, database: secret });
      await named.connect().catch(none);
      await named.end().catch(none);
    },
    ioredis: async (secret) => {
      for (const { Redis } of [ioredis5 as unknown as typeof ioredis6, ioredis6]) {
        const client = new Redis({ host: '127.0.0.1', port: redis });
        await client.set(secret, secret);
        await client.eval(`${SCRIPT} -- ${secret}`, 1, secret);
        client.defineCommand('ours', { numberOfKeys: 1, lua: `${SCRIPT} -- ${secret}` });
        await (client as unknown as { ours(key: string): Promise<unknown> }).ours(secret);
        await client.call(secret, secret).catch(none);
        await client.call(`get ${secret}`).catch(none);
        await client.pipeline().get(secret).hset(`hash:${secret}`, secret, secret).exec();
        await client.multi().get(secret).exec();
        await client.publish(secret, secret);
        await client.auth(secret).catch(none);
        await client.quit();
      }
    },
    redis: async (secret) => {
      for (const { createClient } of [redis5, redis6 as unknown as typeof redis5]) {
        const client = createClient({ socket: { host: '127.0.0.1', port: redis } });
        client.on('error', none);
        await client.connect();
        await client.set(secret, secret);
        await client.eval(`${SCRIPT} -- ${secret}`, { keys: [secret], arguments: [secret] });
        await client.sendCommand([secret, secret]).catch(none);
        await client.sendCommand([`GET ${secret}`]).catch(none);
        await client.multi().get(secret).exec();
        await client.publish(secret, secret);
        await client.close();
      }
    },
  };
}

/** Requests to hosts that users entered, all answered by the same server. */
export async function callHosts(port: number, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    await new Promise<void>((resolve, reject) => {
      const lookup: http.RequestOptions['lookup'] = (_host, { all }, done) =>
        all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
      http
        .get({ host, port, lookup, agent: false }, (response) => response.resume().on('close', resolve))
        .on('error', reject);
    });
  }
}
