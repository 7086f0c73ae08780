import type { ContractCase } from '../case.ts';

const get = (path: string, route: string | null, status = 200, error?: string): ContractCase => ({
  id: `${path} is ${route ?? 'unmatched'}`,
  method: 'GET',
  path,
  route,
  status,
  ...(error === undefined ? {} : { error }),
});

const EXPRESS = [
  get('/orders', '/orders'),
  get('/orders/1/more?x=1', '/orders'),
  get('/orgs/a/users', '/orgs/:org/users'),
  get('/orgs/a/users?x=/', '/orgs/:org/users'),
  { ...get('/graphql', '/graphql'), method: 'POST' },
  get('/api/inner', '/api/inner'),
  get('/api/inner/', '/api/inner'),
  get('/api/guarded', '/api', 401),
  get('/api/items/1', '/api/items/:id'),
  get('/api/none', null, 404),
  get('/passes/1', '/passes/:id'),
  get('/passes', null, 404),
  get('/later/1', null, 404),
  get('/throws/1', '/throws', 500, 'RangeError'),
  get('/pathless', null),
  get('/whole/items/7', '/whole/items/:id'),
  get('/whole/items/7?a=b', '/whole/items/:id'),
  get('/whole/deep/1/things/2', '/whole/deep/:deep/things/:id'),
];

const KOA = [
  get('/graphql', '/graphql'),
  get('/graphql/more', '/graphql'),
  get('/passes/1', null, 404),
  get('/after/1', '/after'),
  get('/outer/inner/x', '/outer/inner'),
  get('/outer/none', null, 404),
  { ...get('/never/1', '/never', 499), extra: 'abort-before-headers' as const },
  get('/pathless', null),
];

/** Requests to the applications of `server.cjs`, by name. */
export const MOUNT_CASES: Readonly<Record<string, readonly ContractCase[]>> = {
  'express 4': EXPRESS,
  'express 5': EXPRESS,
  'koa 2': KOA,
  'koa 3': KOA,
  hono: [
    get('/graphql', '/graphql'),
    get('/files/a/b', '/files/*'),
    get('/passes/1', null, 404),
    get('/pathless', null),
    get('/inventory/1', '/inventory/:sku'),
    get('/shop/1', '/shop/:id'),
    get('/part/1', '/part/:id'),
    get('/mounted/x', '/mounted/*'),
  ],
  foreign: [
    get('/koa/k/1', '/koa/k/:id'),
    get('/koa/none', '/koa', 404),
    get('/hono/2/h/1', '/hono/:version/h/:id'),
    get('/fast/f/1?x=1', '/fast/f/:id'),
    get('/fast/none', '/fast', 404),
    get('/other/e/1', '/other/e/:id'),
    get('/other/none', null, 404),
    get('/own/1', '/own/:id'),
  ],
  'fastify with express': [
    get('/users/1', '/users/:id'),
    get('/legacy/old/1', '/legacy/old/:id'),
    get('/plain/1', '/plain'),
    get('/legacy/none', null, 404),
    get('/none', null, 404),
  ],
  'fastify with middie': [
    get('/users/1', '/users/:id'),
    get('/graphql', '/graphql'),
    get('/graphql/more?x=1', '/graphql'),
    get('/one/1/x', '/one/:a'),
    get('/two/1', '/two/:b'),
    get('/passes/1', '/passes/:id'),
    get('/passes', null, 404),
    get('/pathless', null),
    get('/plugin/inner/x', '/plugin/inner/x'),
    get('/none', null, 404),
  ],
  bare: [
    get('/shop/items', '/shop/items'),
    get('/blog/items', '/blog/items'),
    get('/shop', '/shop'),
    get('/shop/items/42?x=1', '/shop/items/:id'),
    get('/blog/items/42', '/blog/items/:id'),
  ],
};
