import type { ContractCase } from '../case.ts';

/** A framework of one program in this folder. */
export interface SmallStack {
  /** As the matrix has it. */
  name: string;
  program: string;
  /** Its page in docs/frameworks, where no other has it. */
  page?: string;
  /** The subpath of its one line. */
  line: string;
  /** What the preload's line calls it. */
  tells: string;
  /** Only in the long form: it is larger than the others. */
  isLong?: boolean;
  /**
   * So few calls lead to a handler that what is below a framework stands among the ten lines that V8 keeps of a
   * stack: those of Node and of Routemeter differ.
   */
  isShallow?: boolean;
  /**
   * Requests are sent one after the other: where two wait for their immediates at once, lines of Node's stand in the
   * stacks of one, without us, too.
   */
  isAlone?: boolean;
  /** Nodes that the framework runs on. Default: all. */
  runsOn?(major: number): boolean;
  /** Nodes on which the preload reaches it. Default: all. */
  reachedOn?(version: string): boolean;
  cases: readonly ContractCase[];
}

/** Exact versions of what is installed for these programs. */
export const SMALL_PACKAGES = {
  '@tinyhttp/app': '3.0.11',
  '@elysiajs/node': '1.4.5',
  elysia: '1.4.30',
  h3: '2.0.8',
  moleculer: '0.15.2',
  'moleculer-web': '0.11.0',
  polka: '0.5.2',
  restana: '6.1.0',
  restify: '12.0.0',
};

/** The same for those of the long form. */
export const LONG_PACKAGES = {
  '@feathersjs/express': '5.0.50',
  '@feathersjs/feathers': '5.0.50',
  '@feathersjs/koa': '5.0.50',
  '@loopback/rest': '15.0.16',
  // What @feathersjs/express and @loopback/rest bring along.
  express: '4.22.3',
  'json-server': '1.0.0-beta.15',
  lowdb: '7.0.1',
  remix: '3.0.0-beta.0',
  sails: '1.5.18',
};

const one = (
  id: string,
  path: string,
  route: string | null,
  status = 200,
  more: Partial<ContractCase> = {},
): ContractCase => ({ id, method: 'GET', path, route, status, ...more });

/** What nearly all of them have. */
const COMMON: readonly ContractCase[] = [
  one('parameter', '/users/7', '/users/:id'),
  one('parameter that is a word', '/users/anna', '/users/:id'),
  one('word of a user', '/hello/alice', '/hello/:name'),
  one('encoded', '/hello/%61lice%2Fbob', '/hello/:name'),
  one('query', '/hello/alice?name=bob', '/hello/:name'),
  one('post', '/users/7', '/users/:id', 201, { method: 'POST', body: 'x' }),
  one('redirect', '/old/7', '/old/:id', 302),
  one('no content', '/nocontent/7', '/nocontent/:id', 204),
  one('streamed', '/stream/7', '/stream/:id'),
  one('handler throws', '/boom/7', '/boom/:id', 500),
  one('not found', '/nope/alice', null, 404),
  one('client leaves before the headers', '/never/7', '/never/:id', 499, { extra: 'abort-before-headers' }),
];
const PARTIAL = one('client leaves after the headers', '/partial/7', '/partial/:id', 200, {
  extra: 'abort-after-headers',
});
/** The stack of an error, as development shows it: the same with and without us. */
const stack = (path = '/stack/7', route = '/stack/:id', status = 500) =>
  one('stack of an error', path, route, status);
const ROOT = one('root', '/', '/');
const HEAD = one('head', '/users/7', '/users/:id', 200, { method: 'HEAD' });
const ASSETS = [
  one('mounted function', '/assets/a.css', '/assets'),
  one('another of its files', '/assets/deep/b.png', '/assets'),
];
const OPTIONAL = [one('optional, absent', '/opt', '/opt/:x?'), one('optional, given', '/opt/7', '/opt/:x?')];
const files = (route: string) => [one('rest', '/files/a/b.txt', route)];
const mounted = (path: string, template: string) => [
  one('route of a mounted application', `${path}/things/7`, `${template}/things/:id`),
  one('its root', path, template),
];

const json = (value: object): Partial<ContractCase> => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
});
/** Feathers: a service, and one below a parameter. */
const SERVICES = [
  one('list', '/users', '/users'),
  one('parameter', '/users/7', '/users/:__id'),
  one('word of a user', '/users/alice', '/users/:__id'),
  one('encoded', '/users/%61lice%2Fbob', '/users/:__id'),
  one('query', '/users?name=bob', '/users'),
  one('post', '/users', '/users', 201, { method: 'POST', ...json({ name: 'bob' }) }),
  one('delete', '/users/7', '/users/:__id', 204, { method: 'DELETE' }),
  one('method without a handler', '/users/7', '/users/:__id', 405, { method: 'PUT', ...json({}) }),
  one('service below a parameter', '/orgs/acme/things/7', '/orgs/:org/things/:__id'),
  one('slash at the end', '/users/7/', '/users/:__id'),
  one('not found', '/nope/alice', null, 404),
];

/** tinyhttp is ES modules, which the preload reaches on these. */
const reachesEsModules = (version: string): boolean => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major === 22) return minor > 22 || (minor === 22 && patch >= 3);
  if (major === 24) return minor > 11 || (minor === 11 && patch >= 1);
  return major > 24;
};

export const SMALL: readonly SmallStack[] = [
  {
    name: 'polka 0.5',
    program: 'polka.cjs',
    page: 'polka',
    line: 'polka',
    tells: 'polka 0.5.2',
    isShallow: true,
    cases: [
      ...COMMON,
      stack(),
      PARTIAL,
      ROOT,
      ...ASSETS,
      ...OPTIONAL,
      ...files('/files/*'),
      ...mounted('/orgs', '/orgs'),
      // polka has no answer to HEAD of its own.
      { ...HEAD, route: null, status: 404 },
    ],
  },
  {
    name: 'restana 6',
    program: 'restana.cjs',
    page: 'restana',
    line: 'restana',
    tells: 'restana 6.1.0',
    // Its router requires it.
    runsOn: (major) => major >= 22,
    isShallow: true,
    cases: [
      ...COMMON,
      stack(),
      PARTIAL,
      ROOT,
      HEAD,
      ...ASSETS,
      ...OPTIONAL,
      ...files('/files/*'),
      ...mounted('/orgs/acme', '/orgs/:org'),
      one('element of an array', '/two/7', '/two/:id'),
    ],
  },
  {
    name: 'tinyhttp 3',
    program: 'tinyhttp.mjs',
    page: 'tinyhttp',
    line: 'tinyhttp',
    tells: '@tinyhttp/app 3.0.11',
    reachedOn: reachesEsModules,
    cases: [
      ...COMMON,
      PARTIAL,
      ROOT,
      HEAD,
      ...ASSETS,
      ...OPTIONAL,
      ...files('/files/*'),
      ...mounted('/orgs/acme', '/orgs/:org'),
      stack(),
      one('handed on', '/passed/7', '/passed/:name'),
    ],
  },
  {
    name: 'restify 12',
    program: 'restify.cjs',
    page: 'restify',
    line: 'server',
    tells: 'restify',
    cases: [...COMMON, stack(), PARTIAL, ROOT, { ...HEAD, status: 204 }, ...files('/files/*')],
  },
  {
    name: 'Elysia 1',
    program: 'elysia.mjs',
    page: 'elysia',
    line: 'elysia',
    tells: 'elysia',
    // Nothing that it puts on a request tells the route.
    reachedOn: () => false,
    isShallow: true,
    cases: [
      ...COMMON.filter(({ path }) => !path.startsWith('/nocontent')),
      stack(),
      ROOT,
      HEAD,
      ...files('/files/*'),
      one('group', '/orgs/acme/things/7', '/orgs/:org/things/:id'),
      one('refused by its schema', '/checked/x', '/checked/:id', 422),
    ],
  },
  {
    name: 'h3 2',
    program: 'h3.mjs',
    page: 'h3',
    line: 'server',
    tells: 'h3',
    cases: [
      ...COMMON,
      ROOT,
      HEAD,
      stack(),
      ...files('/files/**:path'),
      one('route of a mounted application', '/orgs/things/7', '/orgs/things/:id'),
      // As h3 joins the two.
      one('its root', '/orgs', '/orgs/'),
      one('its root, with the slash', '/orgs/', '/orgs/'),
      // A function for everything: nothing tells which of its paths it is for.
      one('middleware', '/assets/a.css', null),
    ],
  },
  {
    name: 'moleculer-web 0.11',
    program: 'moleculer.cjs',
    page: 'moleculer-web',
    line: 'server',
    tells: 'moleculer-web',
    cases: [
      ...COMMON,
      PARTIAL,
      stack(),
      ...files('/files/*path'),
      one('alias below a path', '/orgs/things/7', '/orgs/things/:id'),
      one('action by its name', '/orgs/users/get', '/orgs/:action'),
      // No alias for it.
      { ...HEAD, route: null, status: 404 },
    ],
  },
  {
    name: 'Remix 3',
    program: 'remix.mjs',
    page: 'remix',
    line: 'remix',
    tells: '@remix-run/fetch-router',
    isLong: true,
    runsOn: (major) => major >= 24,
    cases: [
      ...COMMON,
      ROOT,
      HEAD,
      stack(),
      ...files('/files/*path'),
      one('optional, absent', '/opt', '/opt(/:x)'),
      one('optional, given', '/opt/7', '/opt(/:x)'),
      one('of a host', '/tenants/7', '/tenants/:id', 200, { headers: { Host: 'acme.example.com' } }),
      one('answered by a middleware', '/assets/a.css', 'static'),
    ],
  },
  {
    name: 'json-server 1',
    program: 'json-server.mjs',
    line: 'tinyhttp',
    tells: '@tinyhttp/app 3',
    isLong: true,
    runsOn: (major) => major >= 22,
    reachedOn: reachesEsModules,
    cases: [
      ROOT,
      one('list', '/users', '/:name'),
      one('element', '/users/7', '/:name/:id'),
      // It looks for a body.
      one('element, head', '/users/7', '/:name/:id', 400, { method: 'HEAD' }),
      one('query', '/users?name=anna', '/:name'),
      one('object', '/profile', '/:name'),
      one('put', '/users/8', '/:name/:id', 200, { method: 'PUT', ...json({ name: 'bob' }) }),
      one('no such list', '/alice', '/:name', 404),
      one('no such element', '/users/alice', '/:name/:id', 404),
      one('deeper than anything', '/users/alice/bob', '/:name', 404),
    ],
  },
  {
    name: 'Feathers 5 on Express',
    program: 'feathers.cjs',
    page: 'feathers',
    line: 'express',
    tells: 'express 4',
    isLong: true,
    cases: [
      ...SERVICES,
      one('route of Express', '/old/7', '/old/:id', 302),
      one('client leaves before the headers', '/never/7', '/never/:id', 499, {
        extra: 'abort-before-headers',
      }),
      ...ASSETS,
      stack(),
      stack('/stacks/7', '/stacks/:__id', 200),
      one('service throws', '/boom/7', '/boom/:__id', 500, { error: 'RangeError' }),
    ],
  },
  {
    name: 'Feathers 5 on Koa',
    program: 'feathers-koa.cjs',
    line: 'koa',
    tells: 'koa 3',
    isLong: true,
    // Its own error handler stands between: nobody outside sees what was thrown.
    cases: [
      ...SERVICES,
      stack('/stacks/7', '/stacks/:__id', 200),
      one('service throws', '/boom/7', '/boom/:__id', 500),
    ],
  },
  {
    name: 'LoopBack 4',
    program: 'loopback.cjs',
    page: 'loopback',
    line: 'express',
    tells: 'express 4',
    isLong: true,
    isAlone: true,
    cases: [
      one('parameter', '/api/users/7', '/api/users/{id}'),
      one('word of a user', '/api/hello/alice', '/api/hello/{id}'),
      one('encoded', '/api/hello/%61lice%2Fbob', '/api/hello/{id}'),
      one('query', '/api/hello/alice?name=bob', '/api/hello/{id}'),
      one('post', '/api/users/7', '/api/users/{id}', 200, { method: 'POST', ...json({}) }),
      one('no content', '/api/nocontent/7', '/api/nocontent/{id}', 204),
      // Answered with its stack.
      one('route throws', '/api/boom/7', '/api/boom/{id}', 500),
      stack('/api/stack/7', '/api/stack/{id}', 200),
      one('not found below its path', '/api/nope/alice', '/api', 404),
      one('route of Express', '/old/7', '/old/:id', 302),
      one('client leaves before the headers', '/api/never/7', '/api/never/{id}', 499, {
        extra: 'abort-before-headers',
      }),
      ...ASSETS,
      one('not found', '/nope/alice', null, 404),
    ],
  },
  {
    name: 'Sails 1.5',
    program: 'sails.cjs',
    page: 'sails',
    line: 'express',
    tells: 'express 4',
    isLong: true,
    cases: [
      ...COMMON.filter(({ path }) => !path.startsWith('/boom')),
      PARTIAL,
      ROOT,
      HEAD,
      ...OPTIONAL,
      ...files('/files/*'),
      stack(),
      // Its page of development shows the stack.
      one('handler throws', '/boom/7', '/boom/:id', 500, { error: 'RangeError' }),
    ],
  },
];
