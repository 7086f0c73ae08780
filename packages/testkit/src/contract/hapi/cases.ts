import type { ContractCase } from '../case.ts';

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

/** Requests to the application of `app.cjs`. */
export const HAPI_CASES: readonly ContractCase[] = [
  get('root', '/', '/'),
  get('param', '/users/42', '/users/{id}'),
  get('param-query', '/users/42?x=1&y=/a', '/users/{id}'),
  get('case-sensitive', '/USERS/42', null, 404),
  get('encoded', '/users/J%C3%BCrgen%2FX', '/users/{id}'),
  get('badly-encoded', '/users/%E0%A4%A', null, 400),
  get('trailing-slash', '/users/42/', null, 404),
  get('registered-slash', '/slash/', '/slash/'),
  get('double-slash', '//users/42', null, 404),
  get('absolute-form', 'http://contract/users/42', '/users/{id}'),
  get('app-404', '/zz/1', null, 404),
  other('POST', 'post', '/users/5', '/users/{id}', 201),
  other('DELETE', 'wrong-method', '/users/5', null, 404),
  other('HEAD', 'head-auto', '/users/42', '/users/{id}'),
  other('HEAD', 'head-post-only', '/postonly/1', null, 404),
  other('OPTIONS', 'options-without-cors', '/users/42', null, 404),
  other('OPTIONS', 'options-preflight', '/shared-cors/1', null, 200, {
    headers: { origin: 'http://page.example', 'access-control-request-method': 'GET' },
  }),
  // Once a route allows CORS, hapi answers every OPTIONS that has no route of its own.
  other('OPTIONS', 'options-all', '/all/1', null, 404),
  get('cors', '/shared-cors/1', '/shared-cors/{id}', 200, { headers: { origin: 'http://page.example' } }),
  get('auth-401', '/secure/thing/5', '/secure/thing/{id}', 401),
  get('auth-pass', '/secure/thing/5', '/secure/thing/{id}', 200, { headers: AUTHORIZED }),
  get('extension-answers-before-routing', '/closed/1', null, 403),
  get('extension-throws-before-routing', '/broken', null, 500, { error: 'TypeError' }),
  get('rewritten', '/legacy/7', '/users/{id}'),
  get('optional', '/opt', '/opt/{x?}'),
  get('optional-with', '/opt/1', '/opt/{x?}'),
  get('wildcard', '/files/a/b/c.txt', '/files/{path*}'),
  get('wildcard-empty', '/files', '/files/{path*}'),
  get('counted-segments', '/two/a/b', '/two/{path*2}'),
  get('mixed-segment', '/mixed/a7b', '/mixed/a{x}b'),
  other('PATCH', 'several-methods', '/several/1', '/several/{id}'),
  other('PATCH', 'all-method', '/all/1', '/all/{id}'),
  get('validation-400', '/number/abc', '/number/{n}', 400),
  get('validation-pass', '/number/12', '/number/{n}'),
  get('throw-500', '/boom/1', '/boom/{id}', 500, { error: 'RangeError' }),
  get('reject-500', '/reject/1', '/reject/{id}', 500, { error: 'RangeError' }),
  get('handed-error-200', '/handed/200/1', '/handed/200/{id}'),
  get('handed-error-404', '/handed/404/1', '/handed/404/{id}', 404),
  get('handed-error-unanswered', '/handed/0/1', '/handed/0/{id}', 499, {
    extra: 'abort-before-headers',
    error: 'RangeError',
  }),
  get('handler-503', '/status/1', '/status/{id}', 503, { error: 'Error' }),
  get('handler-410', '/gone/1', '/gone/{id}', 410),
  get('redirect-302', '/old/9', '/old/{id}', 302),
  get('no-content', '/nocontent/1', '/nocontent/{id}', 204),
  get('not-modified', '/cache/1', '/cache/{id}', 304, { headers: { 'if-none-match': '"one"' } }),
  get('slow-complete', '/slow/8', '/slow/{id}'),
  get('abort-waiting', '/never/9', '/never/{id}', 499, { extra: 'abort-before-headers' }),
  get('abort-streaming', '/partial/9', '/partial/{id}', 200, { extra: 'abort-after-headers' }),
  get('sse', '/sse/news', '/sse/{chan}'),
  get('abandoned', '/abandoned/1', '/abandoned/{id}'),
  get('server-timeout', '/timeout/1', '/timeout/{id}', 503, { error: 'Error' }),
  get('bad-cookie', '/cookie/1', '/cookie/{id}', 400, { headers: { cookie: 'a="' } }),
  get('pre', '/pre/1', '/pre/{id}'),
  get('pre-takes-over', '/taken/1', '/taken/{id}'),
  get('response-replaced', '/replaced/1', '/replaced/{id}', 202),
  other('POST', 'json', '/api/echo/1', '/api/echo/{id}', 200, { headers: JSON_TYPE, body: '{"a":1}' }),
  other('POST', 'bad-json', '/api/echo/1', '/api/echo/{id}', 400, { headers: JSON_TYPE, body: '{"a":' }),
  other('POST', 'expects-continue', '/api/echo/1', '/api/echo/{id}', 200, {
    headers: { ...JSON_TYPE, expect: '100-continue' },
    body: '{"a":1}',
  }),
  get('other-host', '/host/1', null, 404),
  get('prefix-param', '/orgs/a/users/1', '/orgs/{org}/users/{id}'),
  get('prefix-root', '/orgs/a', '/orgs/{org}'),
  get('prefix-404', '/orgs/a/none/1', null, 404),
  get('three-level', '/v1/api/deep/7/leaf', '/v1/api/deep/{n}/leaf'),
  get('plugin-twice-a', '/mount-a/thing/1', '/mount-a/thing/{id}'),
  get('plugin-twice-b', '/mount-b/thing/1', '/mount-b/thing/{id}'),
];

/** Requests to the application whose own route answers what no other one does. */
export const HAPI_CATCH_ALL: readonly ContractCase[] = [
  get('own-404', '/zz/1', '/{any*}', 404),
  get('own-404-root', '/', '/{any*}', 404),
  get('param', '/users/1', '/users/{id}'),
];
