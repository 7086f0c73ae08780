// Serves a request, with the library as its arguments say, and prints what of Node is another thing
// than before. Started with --expose-internals: asks Node itself which hooks are on.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { hasSubscribers } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import Module, { createRequire } from 'node:module';
import net from 'node:net';

const load = createRequire(import.meta.url);
const { getHookArrays } = load('internal/async_hooks') as { getHookArrays(): [unknown[], unknown[]] };
const { internalBinding } = load('internal/test/binding') as {
  internalBinding(name: string): { getPromiseHooks(): unknown[] };
};

const OBJECTS: Record<string, object> = {
  AsyncLocalStorage,
  'AsyncResource.prototype': AsyncResource.prototype,
  'EventEmitter.prototype': EventEmitter.prototype,
  'IncomingMessage.prototype': http.IncomingMessage.prototype,
  'Module.prototype': Module.prototype,
  'ServerResponse.prototype': http.ServerResponse.prototype,
  'http.Server.prototype': http.Server.prototype,
  'net.Server.prototype': net.Server.prototype,
  'net.Socket.prototype': net.Socket.prototype,
  globalThis,
  process,
};

/** Each function and accessor by identity, and how many listeners, hooks and timers there are. */
function look(): Map<string, unknown> {
  const seen = new Map<string, unknown>();
  for (const [name, object] of Object.entries(OBJECTS)) {
    for (const key of Reflect.ownKeys(object)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(object, key)!;
      const part = typeof value === 'function' ? value : (set ?? get ?? 'value');
      seen.set(`${name}.${String(key)}`, part);
    }
  }
  for (const event of process.eventNames()) {
    seen.set(`process on ${String(event)}`, process.listenerCount(event as 'exit'));
  }
  const { getPromiseHooks } = internalBinding('async_wrap');
  seen.set('async hooks', getHookArrays()[0].length);
  seen.set('promise hooks', getPromiseHooks().filter((hook) => hook !== undefined).length);
  seen.set('fastify.initialization', hasSubscribers('fastify.initialization'));
  // Timers that do not keep the process alive are not among them, but count as such.
  seen.set('timers', process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length);
  return seen;
}

async function request(server: http.Server): Promise<void> {
  const { port } = server.address() as net.AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  await response.text();
}

const [register, entry] = process.argv.slice(2) as [string, string];
const listeners: number[] = [];
const server = http.createServer(async (_req, res) => {
  await null;
  listeners.push(res.listenerCount('close') + res.listenerCount('finish'));
  res.end();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
// What Node itself makes at the first request is there before.
await request(server);
const before = look();

if (register !== '-') load(register);
if (entry !== '-') {
  const { httpMeter } = load(entry) as { httpMeter(server: http.Server, options: object): void };
  const { createMeter } = load(entry.replace('http.cjs', 'index.cjs')) as { createMeter(o: object): object };
  httpMeter(server, {
    meter: createMeter({ url: 'null:', enabled: process.env.ROUTEMETER_ENABLED !== 'false' }),
  });
}
await request(server);
const after = look();
const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
  (key) => before.get(key) !== after.get(key),
);
process.stdout.write(`${JSON.stringify({ changed, listeners })}\n`, () => process.exit());
