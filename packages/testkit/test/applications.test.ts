import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { startChild } from '../src/contract/child.ts';
import { Collector } from '../src/contract/collector.ts';
import { exchange, statusOf } from '../src/contract/exchange.ts';
import { buildLibrary, type Library } from '../src/contract/library.ts';
import { samplesOf } from '../src/contract/samples.ts';
import { installedFolder } from '../src/installed.ts';
import { ROOT } from '../src/pack.ts';
import { isLong, scenario, size } from '../src/reliability/scenario.ts';
import { debianPrograms } from '../src/servers/debian.ts';
import { POSTGRESQL_PROGRAMS, startPostgresql } from '../src/servers/postgresql.ts';
import { REDIS_PROGRAMS, startRedis } from '../src/servers/redis.ts';

const FIXTURES = join(ROOT, 'packages/testkit/test/fixtures/applications');
const CALLS = ['http.client.request', 'db.client.operation', 'messaging.client.operation'];
const ROUNDS = size(2, 50);
/** Stands in every address where a value is: no name may hold it. */
const VALUE = 'Zebra77';

/** Without a name it may have any that holds no value. */
type Request = readonly [
  method: string,
  path: string,
  status: number,
  name?: string | null,
  body?: object | null,
  authorization?: string,
];

interface Application {
  packages: Record<string, string>;
  /** What it asks for by a tag, which not every registry has. */
  overrides?: Record<string, string>;
  /** Asked once, before the rounds. */
  first?: readonly Request[];
  requests: readonly Request[];
  /** It starts too slowly, or is too large, for `npm test`. */
  longOnly?: true;
  /** The server it keeps its data in, of which each run has its own. */
  over?: 'postgresql' | 'redis';
  /** Libraries that the line at the start tells as followed. */
  tells?: readonly string[];
  /** Calls that its routes make, among others: the route, and what names the call. */
  asks?: readonly (readonly [route: string, call: string])[];
}

const TARBALL = Buffer.from('no real archive').toString('base64');
const PACKAGE = {
  _id: `thing-${VALUE.toLowerCase()}`,
  name: `thing-${VALUE.toLowerCase()}`,
  'dist-tags': { latest: '1.0.0' },
  versions: {
    '1.0.0': {
      name: `thing-${VALUE.toLowerCase()}`,
      version: '1.0.0',
      dist: { tarball: `http://contract/thing-${VALUE.toLowerCase()}/-/thing-1.0.0.tgz` },
    },
  },
  _attachments: {
    [`thing-${VALUE.toLowerCase()}-1.0.0.tgz`]: {
      content_type: 'application/octet-stream',
      data: TARBALL,
      length: 15,
    },
  },
};

const FEATHERS = {
  '@feathersjs/feathers': '5.0.50',
  '@feathersjs/express': '5.0.50',
  '@feathersjs/koa': '5.0.50',
  '@feathersjs/memory': '5.0.50',
};

const CLIENT = 'default:development.client';
const FLAG = { name: VALUE, type: 'release', description: 'first' };
const SDK = {
  appName: VALUE,
  instanceId: VALUE,
  strategies: [],
  started: '2026-01-01T00:00:00Z',
  interval: 0,
};
const STRATEGY = {
  name: 'flexibleRollout',
  parameters: { rollout: '100', stickiness: 'default', groupId: VALUE },
};
const FLAGS = '/api/admin/projects/default/features';
const ROUTES = '/api/admin/projects/:projectId/features';

const APPLICATIONS: Record<string, Application> = {
  'json-server': {
    packages: { 'json-server': '0.17.4' },
    requests: [
      ['GET', '/posts', 200],
      ['GET', `/posts/${VALUE}`, 200],
      ['GET', `/articles/${VALUE}`, 200],
      ['GET', `/posts/other-${VALUE}`, 404],
      ['GET', `/posts/${VALUE}/comments`, 200],
      ['GET', `/comments?postId=${VALUE}`, 200],
      ['POST', '/comments', 201, null, { postId: VALUE }],
      ['PATCH', `/posts/${VALUE}`, 200, null, { title: 'second' }],
      ['DELETE', `/posts/none-${VALUE}`, 404],
      ['GET', '/profile', 200],
      ['GET', `/nowhere/${VALUE}`, 404],
    ],
  },
  feathers: {
    packages: FEATHERS,
    requests: [
      ['POST', '/messages', 201, '/messages', { text: 'hello' }],
      ['GET', '/messages', 200, '/messages'],
      ['GET', '/messages/0', 200, '/messages/:__id'],
      ['GET', `/messages/${VALUE}`, 404, '/messages/:__id'],
      ['PATCH', '/messages/0/', 200, '/messages/:__id', { text: 'again' }],
      ['DELETE', `/messages/${VALUE}`, 404, '/messages/:__id'],
      ['GET', '/broken', 500, '/broken'],
      ['PUT', '/broken', 405, '/broken', {}],
      ['GET', `/users/${VALUE}/aliases/0`, 200, '/users/:user/aliases/:__id'],
      ['GET', '/aliases/0', 200, '/aliases/:__id'],
      ['GET', `/plain/${VALUE}`, 200, '/plain'],
      ['GET', `/nowhere/${VALUE}`, 404, 'unmatched'],
    ],
  },
  'feathers-koa': {
    packages: FEATHERS,
    requests: [
      ['POST', '/messages', 201, '/messages', { text: 'hello' }],
      ['GET', '/messages', 200, '/messages'],
      ['GET', `/messages/${VALUE}`, 404, '/messages/:__id'],
      ['GET', `/users/${VALUE}/broken`, 500, '/users/:user/broken'],
      ['GET', `/nowhere/${VALUE}`, 404, 'unmatched'],
    ],
  },
  loopback: {
    packages: { '@loopback/core': '7.0.15', '@loopback/rest': '15.0.16' },
    requests: [
      ['GET', `/api/things/${VALUE}`, 200, '/api/things/{id}'],
      ['GET', '/api/things/none', 404, '/api/things/{id}'],
      ['GET', '/api/things/broken', 500, '/api/things/{id}'],
      ['GET', '/api/things/many', 200, '/api/things/many'],
      ['POST', `/api/things/${VALUE}`, 404, '/api', {}],
      ['GET', `/api/express/${VALUE}`, 200, '/api/express/:word'],
      ['GET', `/api/nowhere/${VALUE}`, 404, '/api'],
      ['GET', `/nowhere/${VALUE}`, 404, 'unmatched'],
    ],
  },
  verdaccio: {
    longOnly: true,
    packages: { verdaccio: '6.10.4' },
    overrides: { 'node-fetch': '2.7.0' },
    tells: ['express'],
    asks: [['/:package/:version?', 'GET upstream']],
    first: [['PUT', `/${PACKAGE.name}`, 201, null, PACKAGE]],
    requests: [
      ['GET', '/-/ping', 200],
      ['GET', `/${PACKAGE.name}`, 200],
      ['GET', `/${PACKAGE.name}/1.0.0`, 200],
      ['GET', `/${PACKAGE.name}/-/${PACKAGE.name}-1.0.0.tgz`, 200],
      ['GET', `/-/package/${PACKAGE.name}/dist-tags`, 200],
      ['GET', `/-/v1/search?text=${VALUE}`, 200],
      ['GET', `/nothing-${VALUE.toLowerCase()}`, 404],
      ['PUT', `/${PACKAGE.name}`, 409, null, PACKAGE],
      ['GET', '/', 200],
    ],
  },
  'bull-board': {
    longOnly: true,
    over: 'redis',
    tells: ['bullmq', 'express', 'ioredis'],
    asks: [
      ['/orders/:id', 'bullmq add orders'],
      ['/orders/:id/counts', 'redis EVALSHA'],
      ['/board/api/queues', 'redis HGET'],
      ['/board/api/queues/:queueName/:jobId', 'redis HGETALL'],
    ],
    packages: {
      '@bull-board/api': '9.10.1',
      '@bull-board/express': '9.10.1',
      bullmq: '6.7.0',
      express: '5.3.0',
    },
    requests: [
      ['POST', `/orders/${VALUE}`, 202, '/orders/:id'],
      ['GET', `/orders/${VALUE}/counts`, 200, '/orders/:id/counts'],
      ['GET', '/board/', 200, '/board'],
      ['GET', '/board/api/queues?activeQueue=none', 200, '/board/api/queues'],
      ['GET', `/board/api/queues/orders/none-${VALUE}`, 404, '/board/api/queues/:queueName/:jobId'],
      ['GET', `/nowhere/${VALUE}`, 404, 'unmatched'],
    ],
  },
  'node-red': {
    longOnly: true,
    packages: { 'node-red': '5.0.7' },
    requests: [
      ['GET', `/api/things/${VALUE}`, 200],
      ['GET', `/api/nowhere/${VALUE}`, 404],
      ['GET', '/admin/', 200],
      ['GET', '/admin/flows', 200],
      ['GET', `/admin/flow/${VALUE}`, 404],
      ['GET', `/nowhere/${VALUE}`, 404],
    ],
  },
  unleash: {
    longOnly: true,
    over: 'postgresql',
    tells: ['express', 'pg'],
    asks: [[`${ROUTES}/:featureName`, 'postgresql SELECT features']],
    // Node 20 runs it; 7.6.5 asks for Node 22.
    packages: { 'unleash-server': '7.5.1' },
    first: [
      // It takes ten logins a minute.
      ['POST', '/auth/simple/login', 401, '/auth/simple/login', { username: 'admin', password: VALUE }],
      [
        'POST',
        '/auth/simple/login',
        200,
        '/auth/simple/login',
        { username: 'admin', password: 'unleash4all' },
      ],
      ['POST', FLAGS, 201, ROUTES, FLAG],
      [
        'POST',
        `${FLAGS}/${VALUE}/environments/development/strategies`,
        200,
        `${ROUTES}/:featureName/environments/:environment/strategies`,
        STRATEGY,
      ],
      [
        'POST',
        `${FLAGS}/${VALUE}/environments/development/on`,
        200,
        `${ROUTES}/:featureName/environments/:environment/on`,
      ],
    ],
    requests: [
      ['GET', '/health', 200, '/health'],
      ['GET', FLAGS, 200, ROUTES],
      ['GET', `${FLAGS}/${VALUE}`, 200, `${ROUTES}/:featureName`],
      ['GET', `${FLAGS}/none-${VALUE}`, 404, `${ROUTES}/:featureName`],
      ['PUT', `${FLAGS}/${VALUE}`, 200, `${ROUTES}/:featureName`, { ...FLAG, description: 'second' }],
      ['POST', FLAGS, 409, ROUTES, FLAG],
      ['POST', FLAGS, 400, ROUTES, { ...FLAG, name: `no / ${VALUE}` }],
      ['DELETE', `${FLAGS}/none-${VALUE}`, 404, `${ROUTES}/:featureName`],
      ['GET', `/api/admin/search/features?query=${VALUE}`, 200, '/api/admin/search/features'],
      ['GET', `/api/admin/nowhere/${VALUE}`, 404, '/api'],
      ['GET', '/api/client/features', 200, '/api/client/features', null, CLIENT],
      ['GET', `/api/client/features/${VALUE}`, 200, '/api/client/features/:featureName', null, CLIENT],
      ['GET', `/api/client/features/none-${VALUE}`, 404, '/api/client/features/:featureName', null, CLIENT],
      ['GET', '/api/client/features', 401, 'unmatched', null, `default:development.${VALUE}`],
      ['POST', '/api/client/register', 202, '/api/client/register', SDK, CLIENT],
      ['GET', '/api/frontend', 403, 'unmatched', null, CLIENT],
      ['GET', `/auth/reset/validate?token=${VALUE}`, 401, '/auth/reset/validate'],
      ['GET', `/projects/default/features/${VALUE}`, 200, '/*'],
      ['GET', `/nowhere/${VALUE}.js`, 404, '/*'],
    ],
  },
};

/** What differs from run to run by itself: times, hashes, tokens, and lengths that follow from them. */
function steady(answer: string): string {
  return (
    answer
      .replaceAll(/^(?:date|etag|content-length|last-modified|x-ratelimit-\S+|ratelimit-\S+): .*$/gim, '-')
      .replaceAll(/^(set-cookie: [^=]+)=[^;]*/gim, '$1=<text>')
      // Unleash learns of a change in the background.
      .replaceAll(/,"lifecycle":(?:null|\{[^}]*\})|"revisionId":\d+,"etag":"[^,]*"/g, '')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, '<time>')
      .replaceAll(/[\w+/=-]{20,}|\b[0-9a-f]{12,}\b/g, (text) => (/\d/.test(text) ? '<text>' : text))
  );
}

interface Run {
  answers: string[];
  rows: Array<Record<string, string>>;
  calls: Array<Record<string, string>>;
  stderr: string;
}

function callsIn(lines: readonly string[]): Run['calls'] {
  return CALLS.flatMap((metric) => samplesOf(lines, metric).map(({ tags }) => tags));
}

/** What names a call, as the page has it; an HTTP upstream listens at a port of each run. */
function nameOf(call: Record<string, string>): string {
  if (call.http_request_method !== undefined) return `${call.http_request_method} upstream`;
  const system = call.db_system_name ?? `${call.messaging_system} ${call.messaging_operation_name}`;
  const what = call.db_query_summary ?? call.db_operation_name ?? call.messaging_destination_name;
  return `${system} ${what}`;
}

function checkCalls(name: string, { calls, stderr }: Run): void {
  const { tells = [], asks = [] } = APPLICATIONS[name]!;
  const [line = ''] = stderr.match(/^routemeter: instrumented .*$/m) ?? [];
  for (const library of tells) expect(line, name).toContain(`${library} `);
  expect(calls.map((call) => `${call.http_route} ${nameOf(call)}`)).toEqual(
    expect.arrayContaining(asks.map(([route, call]) => `${route} ${call}`)),
  );
  for (const call of calls) {
    const said = `${name}: ${JSON.stringify(call)}`;
    expect(said.toLowerCase().slice(name.length)).not.toContain(VALUE.toLowerCase());
  }
}

/** A server that an application keeps its data in, and how the application finds it. */
async function startServer(over: Application['over']) {
  if (over === undefined) return null;
  if (over === 'redis') {
    const { port, stop } = await startRedis();
    return { env: { REDIS_PORT: String(port) }, stop };
  }
  const { port, user, database, stop } = await startPostgresql();
  const env = { POSTGRESQL_PORT: String(port), POSTGRESQL_USER: user, POSTGRESQL_DATABASE: database };
  return { env, stop };
}

/** An HTTP upstream that has nothing. */
async function startUpstream() {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}

async function run(name: string, folder: string, library: Library | null): Promise<Run> {
  const { first = [], requests, over } = APPLICATIONS[name]!;
  const [server, upstream, collector] = await Promise.all([
    startServer(over),
    startUpstream(),
    Collector.open(),
  ]);
  const preload = library === null ? [] : ['--import', pathToFileURL(library.esm('register')).href];
  const child = await startChild(
    process.execPath,
    ['--no-warnings', ...preload, join(FIXTURES, `${name}.cjs`)],
    {
      ROUTEMETER_URL: collector.url,
      ROUTEMETER_FLUSH_MS: '50',
      ROUTEMETER_UPSTREAMS: 'true',
      NODE_ENV: 'production',
      UPSTREAM_URL: upstream.url,
      ...server?.env,
    },
    folder,
  );
  try {
    expect(child.port, child.stderr()).toBeGreaterThan(0);
    const answers: string[] = [];
    const ask = async ([method, path, status, , body = null, authorization]: Request) => {
      const json = body === null ? {} : { body: JSON.stringify(body) };
      const headers: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' };
      if (authorization !== undefined) headers.authorization = authorization;
      const answer = await exchange(child.port, {
        id: path,
        method,
        path,
        route: null,
        status,
        headers,
        ...json,
      });
      expect(statusOf(answer), `${name}: ${method} ${path}\n${answer.slice(0, 600)}`).toBe(status);
      answers.push(`${method} ${path}\n${steady(answer)}`);
    };
    for (const one of first) await ask(one);
    for (let i = 0; i < ROUNDS; i++) for (const one of requests) await ask(one);
    const rows = library === null ? [] : await collector.requests(answers.length);
    return { answers, rows, calls: callsIn(collector.lines), stderr: child.stderr() };
  } finally {
    await child.stop();
    collector.close();
    upstream.stop();
    await server?.stop();
  }
}

/** How often each method and status was answered. */
function tally(list: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const one of list) found[one] = (found[one] ?? 0) + 1;
  return found;
}

/** What is small stands in one folder: an installation costs more than its packages. */
const SMALL = {
  private: true,
  dependencies: Object.assign(
    {},
    ...Object.values(APPLICATIONS).map((one) => (one.longOnly ? {} : one.packages)),
  ),
};

async function compare(name: string, library: Library): Promise<number> {
  const { packages, overrides = {}, longOnly, first = [], requests } = APPLICATIONS[name]!;
  const folder = longOnly
    ? await installedFolder(`applications/${name}`, { private: true, dependencies: packages, overrides })
    : await installedFolder('applications/small', SMALL);
  const [bare, measured] = await Promise.all([run(name, folder, null), run(name, folder, library)]);
  expect(measured.answers, name).toEqual(bare.answers);
  expect(measured.stderr.replaceAll(/^routemeter: instrumented .*\n/gm, ''), name).toBe(bare.stderr);
  checkCalls(name, measured);
  const expected = [...first, ...Array.from({ length: ROUNDS }, () => requests).flat()];
  expect(tally(measured.rows.map((row) => `${row.http_method} ${row.http_status_code}`)), name).toEqual(
    tally(expected.map(([method, , status]) => `${method} ${status}`)),
  );
  if (expected.every(([, , , route]) => typeof route === 'string')) {
    expect(tally(measured.rows.map((row) => `${row.http_method} ${row.http_route}`)), name).toEqual(
      tally(expected.map(([method, , , route]) => `${method} ${route}`)),
    );
  }
  for (const row of measured.rows) {
    const said = `${name}: ${JSON.stringify(row)}`;
    expect(row.http_route!.toLowerCase(), said).not.toContain(VALUE.toLowerCase());
    expect(row, said).not.toHaveProperty('aborted');
    if (Number(row.http_status_code) < 500) expect(row, said).not.toHaveProperty('error');
  }
  return measured.answers.length;
}

scenario('applications', [240, 1800], async () => {
  const library = await buildLibrary('applications');
  const missing = isLong ? await debianPrograms({ ...POSTGRESQL_PROGRAMS, ...REDIS_PROGRAMS }) : null;
  const names = Object.keys(APPLICATIONS).filter((name) => {
    const { longOnly, over } = APPLICATIONS[name]!;
    if (over !== undefined && missing !== null) return false;
    return isLong || longOnly !== true;
  });
  // At once where they are small: most of the time goes into starting them.
  const small = names.filter((name) => APPLICATIONS[name]!.longOnly !== true);
  const asked = await Promise.all(small.map((name) => compare(name, library)));
  for (const name of names) if (!small.includes(name)) asked.push(await compare(name, library));
  const versions = names.map((name) => Object.entries(APPLICATIONS[name]!.packages).at(-1)!.join(' '));
  const without = missing === null ? '' : `; nothing over PostgreSQL and Redis: ${missing}`;
  return {
    tried: `${asked.reduce((sum, one) => sum + one, 0)} requests; ${versions.join(', ')}${without}`,
    saw: 'the same answers as without us, but for times and hashes of their own',
    lost: 'nothing: each counted once under its status, no value of an address in a name, no error below 500',
  };
});
