// A process that runs programs of driver calls, with or without us, and tells all that an application can see.
// Its arguments: `bare` or `explicit`, and the ports as JSON.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { captureMeter } from '../../../src/testing/index.ts';
import type { Mode, Op, Outcome } from './programs.ts';

const mode = process.argv[2] as Mode;
const ports = JSON.parse(process.argv[3]!) as { http: number; postgresql: number; redis: number };
const origin = `http://127.0.0.1:${ports.http}`;
const REFUSED = 1;

// Not bundled: libraries are to be what applications load.
const load = async <T>(name: string): Promise<T> => (await import(name)) as T;
const pg = (await load<{ default: typeof import('pg') }>('pg')).default;
const { Redis } = await load<typeof import('ioredis6')>('ioredis6');
const redisModule = await load<typeof import('redis6')>('redis6');
const undici = await load<typeof import('undici7')>('undici7');

const meter = mode === 'explicit' ? captureMeter({ upstreams: true, breakdown: true }) : null;
if (meter !== null) upstreams(pg, await load('ioredis6'), redisModule, undici);

let log: string[] = [];
let activity = 0;
const note = (text: string): void => {
  activity++;
  log.push(text);
};
const shown = (error: unknown): string => {
  const { name, code, message, cause } = error as Error & { code?: string; cause?: { code?: string } };
  return `${(error as object)?.constructor?.name} ${name} ${code ?? ''} ${cause?.code ?? ''} ${message}`.replace(
    /127\.0\.0\.1:\d+/g,
    'host',
  );
};
process.on('uncaughtException', (error) => note(`uncaught ${shown(error)}`));
process.on('unhandledRejection', (error) => note(`unhandled ${shown(error)}`));
process.on('rejectionHandled', () => note('handled late'));
process.on('warning', (warning) => note(`warning ${warning.name} ${warning.message}`));

/** Until nothing happened for a while: sockets to other processes take their time. */
async function settle(): Promise<void> {
  for (let quiet = 0, before = activity; quiet < 4; ) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    quiet = before === activity ? quiet + 1 : 0;
    before = activity;
  }
}

const address = { host: '127.0.0.1', port: ports.postgresql, user: 'test', database: 'postgres' };

interface Clients {
  pool: InstanceType<typeof pg.Pool>;
  ioredis: InstanceType<typeof Redis>;
  redis: ReturnType<typeof openRedis>;
  dispatcher: InstanceType<typeof undici.Pool>;
}

const openRedis = (port: number) =>
  redisModule.createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: false } });

async function open(): Promise<Clients> {
  const pool = new pg.Pool({ ...address, max: 2 });
  for (const event of ['connect', 'acquire', 'release', 'remove', 'error'] as const)
    pool.on(event, () => note(`pool ${event}`));
  const ioredis = new Redis({ host: '127.0.0.1', port: ports.redis, retryStrategy: null });
  for (const event of ['connect', 'ready', 'close', 'end', 'error'])
    ioredis.on(event, (error: unknown) =>
      note(`ioredis ${event} ${error instanceof Error ? shown(error) : ''}`),
    );
  await new Promise((ready) => ioredis.once('ready', ready));
  const redis = openRedis(ports.redis);
  for (const event of ['connect', 'ready', 'end', 'error'])
    redis.on(event, (error: unknown) => note(`redis ${event} ${error instanceof Error ? shown(error) : ''}`));
  await redis.connect();
  await redis.set('text', 'no number');
  return { pool, ioredis, redis, dispatcher: new undici.Pool(origin, { connections: 1 }) };
}

async function close({ pool, ioredis, redis, dispatcher }: Clients): Promise<void> {
  await pool.end();
  if (ioredis.status !== 'end') ioredis.disconnect();
  if (redis.isOpen) redis.destroy();
  if (!dispatcher.destroyed) await dispatcher.destroy();
}

/** A request by `node:http` whose every event is told. */
function request(path: string, options: http.RequestOptions = {}): http.ClientRequest {
  const sent = http.request({ host: '127.0.0.1', port: ports.http, path, agent: false, ...options });
  for (const event of ['socket', 'finish', 'close', 'abort', 'error'])
    sent.on(event, (argument: unknown) =>
      note(`request ${event} ${event === 'error' ? shown(argument) : ''}`),
    );
  sent.on('response', (response) => {
    note(`response ${response.statusCode}`);
    response.on('data', (part: Buffer) => note(`data ${part.length}`));
    for (const event of ['end', 'close', 'aborted', 'error'])
      response.on(event, () => note(`response ${event} ${response.complete}`));
  });
  return sent;
}

const told = (promise: Promise<unknown>, of: (value: never) => unknown = () => 'done'): Promise<void> =>
  promise.then(
    (value) => note(`resolved ${String(of(value as never))}`),
    (error: unknown) => note(`rejected ${shown(error)}`),
  );

const thrown = (): never => {
  throw new Error('thrown by a callback');
};

/** Each does what `Op.act` says. */
const DO: Record<Op['driver'], (act: Op['act'], clients: Clients) => unknown> = {
  pg(act, { pool }) {
    const rows = ({ rows }: { rows: unknown[] }) => JSON.stringify(rows);
    switch (act) {
      case 'ok':
        return told(pool.query('select $1::int as one', [1]), rows);
      case 'fails':
        return told(pool.query('select * from missing'));
      case 'floats':
        void pool.query('select * from missing');
        return;
      case 'refused':
        return told(new pg.Pool({ ...address, port: REFUSED }).query('select 1'));
      case 'aborted':
        return told(pool.query({ text: 'select pg_sleep(0.2)', query_timeout: 5 } as never));
      case 'callback':
        return new Promise<void>((resolve) => {
          pool.query('select 1 as one', (error: unknown, result: { rows: unknown[] }) => {
            note(`called back ${error ?? ''} ${rows(result)}`);
            resolve();
          });
        });
      case 'throws':
        pool.query('select 1', thrown);
        return;
      case 'batch':
        return told(
          Promise.all([1, 2, 3].map((one) => pool.query('select $1::int as one', [one]).then(rows))),
          (all: string[]) => all.join(),
        );
      case 'destroyed':
        return told(
          pool.connect().then(async (client) => {
            const asked = told(client.query('select pg_sleep(0.05)'));
            client.release(true);
            await asked;
          }),
        );
    }
  },
  ioredis(act, { ioredis }) {
    switch (act) {
      case 'ok':
        return told(ioredis.get('text'), (value: string) => value);
      case 'fails':
        return told(ioredis.incr('text'));
      case 'floats':
        void ioredis.incr('text');
        return;
      case 'refused': {
        const other = new Redis({ host: '127.0.0.1', port: REFUSED, retryStrategy: null, lazyConnect: true });
        other.on('error', (error: unknown) => note(`other ${shown(error)}`));
        return told(other.get('text'));
      }
      case 'aborted':
        return told(new Redis({ port: ports.redis, commandTimeout: 5 }).call('debug', 'sleep', '0.1'));
      case 'callback':
        return new Promise<void>((resolve) => {
          ioredis.get('text', (error, value) => {
            note(`called back ${error ?? ''} ${value}`);
            resolve();
          });
        });
      case 'throws':
        ioredis.get('text', thrown);
        return;
      case 'batch':
        return told(
          Promise.all([
            ioredis.pipeline().get('text').incr('text').exec(),
            ioredis.multi().get('text').exec(),
          ]),
          (all: unknown) => JSON.stringify(all),
        );
      case 'destroyed': {
        const asked = told(ioredis.get('text'));
        ioredis.disconnect();
        return asked;
      }
    }
  },
  redis(act, { redis }) {
    switch (act) {
      case 'ok':
      case 'callback':
        return told(redis.get('text'), (value: string) => value);
      case 'fails':
        return told(redis.incr('text'));
      case 'floats':
      case 'throws':
        void redis.incr('text');
        return;
      case 'refused': {
        const other = openRedis(REFUSED);
        other.on('error', (error: unknown) => note(`other ${shown(error)}`));
        return told(other.connect());
      }
      case 'aborted':
        return told(redis.withAbortSignal(AbortSignal.abort()).get('text'));
      case 'batch':
        return told(redis.multi().get('text').incr('text').exec());
      case 'destroyed': {
        const asked = told(redis.get('text'));
        if (redis.isOpen) redis.destroy();
        return asked;
      }
    }
  },
  fetch(act) {
    const text = (answer: Response) => answer.text();
    switch (act) {
      case 'ok':
      case 'callback':
        return told(fetch(origin).then(text), (value: string) => value);
      case 'fails':
        return told(fetch(`${origin}/cut`).then(text));
      case 'floats':
      case 'throws':
        void fetch(`http://127.0.0.1:${REFUSED}/`);
        return;
      case 'refused':
        return told(fetch(`http://127.0.0.1:${REFUSED}/`));
      case 'aborted':
        return told(fetch(`${origin}/hang`, { signal: AbortSignal.timeout(10) }));
      case 'batch':
        return told(Promise.all([1, 2, 3].map(() => fetch(origin).then(text))), (all: string[]) =>
          all.join(),
        );
      case 'destroyed':
        return told(fetch(`${origin}/long`).then((answer) => answer.body!.cancel()));
    }
  },
  http(act) {
    switch (act) {
      case 'ok':
      case 'callback':
        return void request('/').end();
      case 'fails':
        return void request('/cut').end();
      case 'floats':
        // Nobody listens for its error.
        return void http.get({ host: '127.0.0.1', port: REFUSED });
      case 'refused':
        return void request('/', { port: REFUSED }).end();
      case 'aborted': {
        const sent = request('/hang');
        sent.on('finish', () => setTimeout(() => sent.destroy(new Error('too late')), 10));
        return void sent.end();
      }
      case 'throws':
        return void http.get(origin, thrown);
      case 'batch':
        for (let i = 0; i < 2; i++)
          http.get(origin, (response) => response.resume().on('end', () => note('end')));
        return;
      case 'destroyed': {
        const sent = request('/long');
        sent.on('response', (response) => response.destroy());
        return void sent.end();
      }
    }
  },
  undici(act, { dispatcher }) {
    const ask = (path: string) =>
      dispatcher
        .request({ path, method: 'GET' })
        .then(({ body }: { body: { text(): Promise<string> } }) => body.text());
    switch (act) {
      case 'ok':
        return told(ask('/'), (value: string) => value);
      case 'fails':
        return told(ask('/cut'));
      case 'floats':
        void ask('/cut');
        return;
      case 'refused':
        return told(undici.request(`http://127.0.0.1:${REFUSED}/`));
      case 'aborted':
        return told(dispatcher.request({ path: '/hang', method: 'GET', signal: AbortSignal.timeout(10) }));
      case 'callback':
      case 'throws':
        dispatcher.request({ path: '/', method: 'GET' }, (error: unknown, data: { statusCode: number }) => {
          note(`called back ${error ?? ''} ${data?.statusCode}`);
          if (act === 'throws') thrown();
        });
        return;
      case 'batch':
        return told(Promise.all([ask('/'), ask('/'), ask('/')]), (all: string[]) => all.join());
      case 'destroyed':
        return told(Promise.all([ask('/hang'), dispatcher.destroy()]));
    }
  },
};

let current: { op: Op; clients: Clients } | null = null;
const server = http.createServer(async (_request, response) => {
  const { op, clients } = current!;
  try {
    await DO[op.driver](op.act, clients);
  } catch (error) {
    note(`threw ${shown(error)}`);
  }
  response.end();
});
if (meter !== null) httpMeter(server, { meter });
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as AddressInfo;

async function run(program: readonly Op[]): Promise<Outcome> {
  const clients = await open();
  await settle();
  log = [];
  for (const op of program) {
    note(`-- ${op.driver} ${op.act}`);
    if (op.inRequest) {
      current = { op, clients };
      await new Promise<void>((resolve) => {
        http.get({ host: '127.0.0.1', port, agent: false }, (response) =>
          response.resume().on('close', resolve),
        );
      });
    } else {
      try {
        await DO[op.driver](op.act, clients);
      } catch (error) {
        note(`threw ${shown(error)}`);
      }
    }
    await settle();
  }
  const seen = [...log];
  await close(clients);
  await settle();
  await meter?.settled();
  const metrics = (await meter?.metrics()) ?? [];
  await meter?.clear();
  return {
    log: seen,
    calls: metrics.filter(({ name }) => /^(?:http\.client\.request|db\.client\.operation)$/.test(name))
      .length,
  };
}

process.on('message', (program: Op[]) => {
  void run(program).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => process.send?.({ log: [`failed ${String((error as Error).stack)}`], calls: -1 }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
