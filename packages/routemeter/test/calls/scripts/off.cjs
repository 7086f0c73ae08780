// Serves requests and loads the libraries that can be followed, with Routemeter as its arguments say, and prints
// what there is of their code, which channels have subscribers, and what of Routemeter was loaded.
// Arguments: a preload or `-`, the folder of the build for an explicit meter or `-`.
const childProcess = require('node:child_process');
const { createHash } = require('node:crypto');
const { channel } = require('node:diagnostics_channel');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');

const [preload, folder] = process.argv.slice(2);
const CHANNELS = [
  'child_process.spawn',
  'http.client.request.created',
  'http.client.request.start',
  'http.client.request.error',
  'http.client.response.finish',
  'http2.client.stream.created',
  'http2.client.stream.close',
  'net.client.socket',
  'sqlite.db.query',
  'tracing:child_process.spawn:start',
  'tracing:ioredis:command:start',
  'tracing:mysql2:query:start',
  'tracing:mysql2:pool:connect:start',
  'tracing:node-redis:command:start',
  'undici:client:connected',
  'undici:request:create',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error',
];
const LIBRARIES = ['pg', 'pg-pool', 'ioredis5', 'ioredis6', 'redis5', 'redis6', 'undici7'];

/** The code of every function that is reached from a module, by its path. */
function codeOf(modules) {
  const seen = new Set();
  const code = {};
  const walk = (at, path, depth) => {
    if ((typeof at !== 'object' && typeof at !== 'function') || at === null || seen.has(at)) return;
    seen.add(at);
    for (const key of Reflect.ownKeys(at)) {
      const property = Object.getOwnPropertyDescriptor(at, key);
      // A getter may load another library, as `pg.native` does.
      if (!('value' in property) || key === 'constructor') continue;
      const inner = `${path}.${String(key)}`;
      if (typeof property.value === 'function') {
        const text = Function.prototype.toString.call(property.value);
        code[inner] = createHash('sha1').update(text).digest('base64');
      }
      if (depth > 0) walk(property.value, inner, depth - 1);
    }
    // Classes that an export leads to only as an ancestor.
    if (depth > 0) walk(Object.getPrototypeOf(at), `${path}.__proto__`, depth - 1);
  };
  walk(Object.prototype, 'Object', 0);
  walk(Function.prototype, 'Function', 0);
  for (const [name, module] of Object.entries(modules)) walk(module, name, 3);
  return code;
}

async function main() {
  if (preload !== '-') require(preload);
  const libraries = Object.fromEntries(LIBRARIES.map((name) => [name, require(name)]));
  const server = http.createServer((_request, response) => response.end());
  let meter = null;
  if (folder !== '-') {
    meter = require(`${folder}/index.cjs`).createMeter({ url: 'null:' });
    const { 'pg-pool': _beneath, ...imported } = libraries;
    require(`${folder}/upstreams.cjs`).upstreams(...Object.values(imported));
    require(`${folder}/http.cjs`).httpMeter(server, { meter });
  }
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  for (let i = 0; i < 2; i++) await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text();
  const ours = Object.keys(require.cache).filter((file) => file.includes('calls-off'));
  const { ClientRequest, Agent, request, get } = http;
  const found = {
    // Of clients of redis the classes are reached by an instance alone.
    code: codeOf({
      ...libraries,
      redis5client: libraries.redis5.createClient(),
      redis5pool: libraries.redis5.createClientPool(),
      redis6client: libraries.redis6.createClient(),
      redis6pool: libraries.redis6.createClientPool(),
      http: { ClientRequest, Agent, request, get },
      http2: { connect: http2.connect },
      childProcess: { ...childProcess },
      globals: { fetch },
    }),
    subscribed: CHANNELS.filter((name) => channel(name).hasSubscribers),
    // By what is written in them: files of a build are named by their content.
    sources: ours.filter((file) => readFileSync(file, 'utf8').includes('undici:request:trailers')).length,
  };
  await meter?.close();
  process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit());
}

void main();
