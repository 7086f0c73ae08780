'use strict';

// Loaded before everything else (`node -r watch.cjs`): notes what code of the library calls in Node. A call
// counts where the library stands on the stack before any other module of an application.

const { syncBuiltinESMExports } = require('node:module');

const OWN = /[\\/]packages[\\/]routemeter[\\/]dist[\\/]/;
const SELF = /[\\/]footprint[\\/]watch\.cjs/;
const notes = new Map();
let isResting = false;

/**
 * Whether the nearest caller that is not of Node is the library. Files and variables are read by Node too, when
 * it loads a module for the library: there the caller itself must be it.
 */
function isOwn(kind) {
  const isDirect = kind === 'files' || kind === 'environment';
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = isDirect ? 6 : 40;
  const lines = new Error().stack.split('\n').slice(1);
  Error.stackTraceLimit = before;
  const callers = lines.filter(
    (line) => !SELF.test(line) && !/<anonymous>|\(native\)|at Reflect\./.test(line),
  );
  const nearest = isDirect ? callers[0] : callers.find((line) => !/[( ]node:/.test(line));
  return nearest !== undefined && OWN.test(nearest);
}

function note(kind, text) {
  if (isResting) return;
  isResting = true;
  try {
    if (!isOwn(kind)) return;
    const all = notes.get(kind) ?? new Set();
    notes.set(kind, all.add(text));
  } finally {
    isResting = false;
  }
}

/** Puts a function before `target[name]` that notes each call. */
function watch(target, name, kind, tell) {
  const original = target[name];
  if (typeof original !== 'function') return;
  const watching = {
    [name](...args) {
      const text = tell.apply(this, args);
      if (text !== null) note(kind, text);
      return new.target ? Reflect.construct(original, args, new.target) : Reflect.apply(original, this, args);
    },
  }[name];
  // A method cannot be constructed; classes are watched by a proxy.
  target[name] = watching;
}

function watchClass(target, name, kind, tell) {
  const watching = new Proxy(target[name], {
    construct(original, args, newTarget) {
      note(kind, tell(...args));
      return Reflect.construct(original, args, newTarget);
    },
  });
  // Some are getters until they are asked for.
  Object.defineProperty(target, name, {
    value: watching,
    writable: true,
    configurable: true,
    enumerable: true,
  });
}

const path = (file) => String(file instanceof URL ? file.pathname : file);
const fs = require('node:fs');
for (const name of Object.keys(fs)) {
  if (
    /^(?:open|read|stat|lstat|access|exists|write|append|create|mkdir|rm|unlink|watch|opendir|realpath)/.test(
      name,
    )
  ) {
    watch(fs, name, 'files', (file) => (typeof file === 'number' ? null : `${name} ${path(file)}`));
  }
}
for (const name of ['readFile', 'writeFile', 'open', 'stat', 'mkdir', 'access']) {
  watch(fs.promises, name, 'files', (file) => `${name} ${path(file)}`);
}
const child = require('node:child_process');
for (const name of Object.keys(child)) {
  if (typeof child[name] === 'function' && name !== 'ChildProcess')
    watch(child, name, 'processes', (file) => `${name} ${file}`);
}
watchClass(require('node:worker_threads'), 'Worker', 'processes', (file) => `Worker ${path(file)}`);

const dgram = require('node:dgram');
watch(
  dgram,
  'createSocket',
  'sockets',
  (options) => `dgram ${typeof options === 'string' ? options : options.type}`,
);
const net = require('node:net');
watch(net, 'connect', 'sockets', () => 'net.connect');
watch(net, 'createConnection', 'sockets', () => 'net.createConnection');
const dns = require('node:dns');
watch(dns, 'lookup', 'sockets', (name) => `dns.lookup ${name}`);
for (const name of ['request', 'get'])
  for (const web of ['node:http', 'node:https']) watch(require(web), name, 'sockets', () => `${web} ${name}`);
if (typeof globalThis.fetch === 'function') watch(globalThis, 'fetch', 'sockets', () => 'fetch');

const timers = require('node:timers');
for (const name of ['setTimeout', 'setInterval']) {
  for (const target of [timers, globalThis]) watch(target, name, 'timers', (_f, ms) => `${name} ${ms} ms`);
}
for (const name of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']) {
  watch(process, name, 'listeners', (event) => `process.${name}('${String(event)}')`);
}
watch(process, 'emitWarning', 'listeners', () => 'process.emitWarning');
const channels = require('node:diagnostics_channel');
watch(channels, 'subscribe', 'channels', (name) => String(name));
watch(channels, 'channel', 'channels', (name) => `channel ${String(name)}`);

const hooks = require('node:async_hooks');
watch(hooks, 'createHook', 'async', (given) => `createHook { ${Object.keys(given).join(', ')} }`);
watchClass(hooks, 'AsyncLocalStorage', 'async', () => 'AsyncLocalStorage');
const perf = require('node:perf_hooks');
watchClass(perf, 'PerformanceObserver', 'async', () => 'PerformanceObserver');
watch(perf, 'monitorEventLoopDelay', 'async', () => 'monitorEventLoopDelay');
const modules = require('node:module');
for (const name of ['register', 'registerHooks']) watch(modules, name, 'modules', () => `module.${name}`);

process.env = new Proxy(process.env, {
  get(env, name) {
    if (typeof name === 'string') note('environment', name);
    return Reflect.get(env, name);
  },
  has(env, name) {
    if (typeof name === 'string') note('environment', name);
    return Reflect.has(env, name);
  },
  ownKeys(env) {
    note('environment', '(all names)');
    return Reflect.ownKeys(env);
  },
});
syncBuiltinESMExports();

/** What was noted so far, by kind. */
module.exports = () => Object.fromEntries([...notes].map(([kind, all]) => [kind, [...all].sort()]));
globalThis[Symbol.for('footprint.notes')] = module.exports;
