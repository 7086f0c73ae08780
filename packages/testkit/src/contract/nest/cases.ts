import type { ContractCase } from '../case.ts';

export type Platform = 'express' | 'fastify';

const AUTHORIZED = { authorization: 'yes' };
const JSON_TYPE = { 'content-type': 'application/json' };

const get = (
  id: string,
  path: string,
  route: string | null,
  status = 200,
  more: Partial<ContractCase> = {},
): ContractCase => ({ id, method: 'GET', path, route, status, ...more });

const other = (
  method: string,
  id: string,
  path: string,
  route: string | null,
  status = 200,
  more: Partial<ContractCase> = {},
): ContractCase => ({ ...get(id, path, route, status, more), method });

/** Requests to the applications of `app.cjs`, by the name of the application. */
export function nestCases(platform: Platform): Record<string, ContractCase[]> {
  const isExpress = platform === 'express';
  /** Fastify routes first; with Express middleware and parsers come before the routes. */
  const early = (route: string) => (isExpress ? null : route);
  const plain = [
    get('root', '/', '/'),
    get('param', '/users/42', '/users/:id'),
    get('param-query', '/users/42?x=1&y=/a', '/users/:id'),
    get('encoded', '/users/J%C3%BCrgen%2FX', '/users/:id'),
    get('badly-encoded', '/users/%E0%A4%A', null, 400),
    get('trailing-slash', '/users/42/', isExpress ? '/users/:id' : null, isExpress ? 200 : 404),
    get('double-slash', '//users/42', null, 404),
    get('app-404', '/nope/123', null, 404),
    other('POST', 'post', '/users/5', '/users/:id', 201),
    other('DELETE', 'wrong-method', '/users/5', null, 404),
    other('HEAD', 'head-auto', '/users/42', '/users/:id'),
    other('HEAD', 'head-post-only', '/postonly/1', null, 404),
    other('OPTIONS', 'options', '/users/42', null, 404),
    get('wildcard', '/files/a/b/c.txt', isExpress ? '/files/*path' : '/files/*'),
    get('same-path-get', '/multi/1', '/multi/:id'),
    other('PUT', 'same-path-put', '/multi/1', '/multi/:id'),
    other('PATCH', 'all-method', '/all/1', '/all/:id'),
    get('alias-first', '/alias/one/1', '/alias/one/:id'),
    get('alias-second', '/alias/two/1', '/alias/two/:id'),
    get('array-first', '/arr/a/9', '/arr/a/:id'),
    get('array-second', '/arr/b/9', '/arr/b/:id'),
    get('array-root', '/arr/b', '/arr/b'),
    get('throw-500', '/boom/1', '/boom/:id', 500, { error: 'RangeError' }),
    get('reject-500', '/reject/1', '/reject/:id', 500, { error: 'RangeError' }),
    get('handed-error-200', '/handed/200/1', '/handed/200/:id'),
    get('handed-error-404', '/handed/404/1', '/handed/404/:id', 404),
    get('handed-error-unanswered', '/handed/0/1', '/handed/0/:id', 499, {
      extra: 'abort-before-headers',
      error: 'Handed',
    }),
    get('exception-503', '/status/1', '/status/:id', 503, { error: 'HttpException' }),
    get('exception-410', '/gone/1', '/gone/:id', 410),
    get('own-filter', '/teapot/1', '/teapot/:id', 418),
    get('interceptor-throws', '/intercepted/1', '/intercepted/:id', 500, { error: 'TypeError' }),
    get('guard-401', '/secure/thing/5', '/secure/thing/:id', 401),
    get('guard-passes', '/secure/thing/5', '/secure/thing/:id', 200, { headers: AUTHORIZED }),
    get('pipe-400', '/schema/abc', '/schema/:n', 400),
    get('pipe-passes', '/schema/12', '/schema/:n'),
    get('redirect-302', '/old/9', '/old/:id', 302),
    get('no-content', '/nocontent/1', '/nocontent/:id', 204),
    get('slow-complete', '/slow/8', '/slow/:id'),
    get('client-abort', '/never/9', '/never/:id', 499, { extra: 'abort-before-headers' }),
    get('abort-streaming', '/partial/9', '/partial/:id', 200, { extra: 'abort-after-headers' }),
    get('sse', '/sse/news', '/sse/:chan'),
    get('stream', '/stream/1', '/stream/:id'),
    get('answered-by-hand', '/by-hand/1', '/by-hand/:id', 202),
    get('middleware-answers', '/closed/thing/1', early('/closed/thing/:id'), 403),
    get('middleware-passes', '/closed/thing/1', '/closed/thing/:id', 200, { headers: AUTHORIZED }),
    get('middleware-passes-to-none', '/closed/none/1', null, 404, { headers: AUTHORIZED }),
    get('exact-middleware-answers', '/exact', early('/exact'), 200, { headers: { 'x-answer': 'yes' } }),
    get('exact-middleware-passes', '/exact', '/exact'),
    other('POST', 'json', '/users/1', '/users/:id', 201, { headers: JSON_TYPE, body: '{"a":1}' }),
    other('POST', 'bad-json', '/users/1', early('/users/:id'), 400, { headers: JSON_TYPE, body: '{"a":' }),
    get('three-level', '/v1/api/deep/7/leaf', '/v1/api/deep/:n/leaf'),
    get('nested-404', '/v1/api/deep/7/none', null, 404),
  ];
  const prefixed = [
    get('version-1', '/api/v1/cats/7', '/api/v1/cats/:id'),
    get('version-2', '/api/v2/cats/7', '/api/v2/cats/:id'),
    get('version-unknown', '/api/v3/cats/7', null, 404),
    get('version-neutral', '/api/dogs/7', '/api/dogs/:id'),
    get('404-below-prefix', '/api/nope/1', null, 404),
    get('404-beside-prefix', '/nope/1', null, 404),
    get('prefix-itself', '/api', null, 404),
    get('excluded', '/health', '/health'),
    other('POST', 'excluded-wrong-method', '/health', null, 404),
  ];
  const versioned = [
    get('header-1', '/cats/7', '/cats/:id', 200, { headers: { 'x-version': '1' } }),
    get('header-2', '/cats/7', '/cats/:name', 200, { headers: { 'x-version': '2' } }),
    get('header-3', '/cats/7', null, 404, { headers: { 'x-version': '3' } }),
    get('header-none', '/cats/7', null, 404),
  ];
  return { plain, prefixed, versioned };
}
