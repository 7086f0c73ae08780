import type { ContractCase } from '../case.ts';

/** A framework of one program in this folder. */
export interface SmallStack {
  /** As the matrix has it. */
  name: string;
  program: string;
  /** The subpath of its one line. */
  line: string;
  /** What the preload's line calls it. */
  tells: string;
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
    line: 'polka',
    tells: 'polka 0.5.2',
    cases: [
      ...COMMON,
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
    line: 'restana',
    tells: 'restana 6.1.0',
    // Its router requires it.
    runsOn: (major) => major >= 22,
    cases: [
      ...COMMON,
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
      one('handed on', '/passed/7', '/passed/:name'),
    ],
  },
  {
    name: 'restify 12',
    program: 'restify.cjs',
    line: 'server',
    tells: 'restify',
    cases: [...COMMON, PARTIAL, ROOT, { ...HEAD, status: 204 }, ...files('/files/*')],
  },
  {
    name: 'Elysia 1',
    program: 'elysia.mjs',
    line: 'elysia',
    tells: 'elysia',
    // Nothing that it puts on a request tells the route.
    reachedOn: () => false,
    cases: [
      ...COMMON.filter(({ path }) => !path.startsWith('/nocontent')),
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
    line: 'server',
    tells: 'h3',
    cases: [
      ...COMMON,
      ROOT,
      HEAD,
      ...files('/files/**:path'),
      one('route of a mounted application', '/orgs/things/7', '/orgs/things/:id'),
      // A function for everything: nothing tells which of its paths it is for.
      one('middleware', '/assets/a.css', null),
    ],
  },
  {
    name: 'moleculer-web 0.11',
    program: 'moleculer.cjs',
    line: 'server',
    tells: 'moleculer-web',
    cases: [
      ...COMMON,
      PARTIAL,
      ...files('/files/*path'),
      one('alias below a path', '/orgs/things/7', '/orgs/things/:id'),
      one('action by its name', '/orgs/users/get', '/orgs/:action'),
      // No alias for it.
      { ...HEAD, route: null, status: 404 },
    ],
  },
];
