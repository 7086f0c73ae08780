'use strict';

// The functions and accessors that are reachable from an object, as a text each: what is wrapped or added
// has another text, in another process too.

const { createHash } = require('node:crypto');

/** Of each function, and what Node keeps of the modules that it loaded. */
const SKIPPED = new Set([
  'constructor',
  'length',
  'name',
  'arguments',
  'caller',
  '_pathCache',
  '_cache',
  'children',
]);
const hash = (fn) =>
  createHash('sha256').update(Function.prototype.toString.call(fn)).digest('hex').slice(0, 12);
const keyText = (key) => (typeof key === 'symbol' ? `[${key.description}]` : key);

/** Adds `path -> text` for all that is in `object`, `depth` levels deep. */
function walk(object, path, depth, shapes, seen) {
  if (object === null || (typeof object !== 'object' && typeof object !== 'function') || seen.has(object))
    return;
  seen.add(object);
  for (const key of Reflect.ownKeys(object)) {
    if (SKIPPED.has(key)) continue;
    const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
    const name = path === '' ? keyText(key) : `${path}.${keyText(key)}`;
    if (get !== undefined || set !== undefined) {
      shapes[name] = `accessor ${get ? hash(get) : ''} ${set ? hash(set) : ''}`;
    } else if (typeof value === 'function') {
      shapes[name] = hash(value);
      if (depth > 0) walk(value, name, depth - 1, shapes, seen);
    } else {
      if (typeof key === 'symbol' || typeof value !== 'object' || value === null)
        shapes[name] ??= typeof value;
      if (depth > 0) walk(value, name, depth - 1, shapes, seen);
    }
  }
}

/** Node's own modules and globals. */
function nodeShapes() {
  const shapes = {};
  const seen = new Set([process.env, process.mainModule, require.cache]);
  for (const name of [
    'http',
    'https',
    'net',
    'events',
    'stream',
    'module',
    'async_hooks',
    'timers',
    'dgram',
    'diagnostics_channel',
  ]) {
    walk(require(`node:${name}`), name, name === 'module' ? 1 : 2, shapes, seen);
  }
  walk(process, 'process', 0, shapes, seen);
  for (const intrinsic of [Promise, Function, Object, Array, Error])
    walk(intrinsic, intrinsic.name, 1, shapes, seen);
  walk(console, 'console', 0, shapes, seen);
  for (const key of Reflect.ownKeys(globalThis)) {
    if (!keyText(key).includes('footprint')) shapes[`globalThis.${keyText(key)}`] = 'there';
  }
  return shapes;
}

/** Own functions and marks of one object, and those of the objects it inherits from. */
function objectShapes(object, path, depth = 1) {
  const shapes = {};
  const seen = new Set();
  walk(object, path, depth, shapes, seen);
  let at = Object.getPrototypeOf(object);
  for (let up = 1; at !== null && at !== Object.prototype && at !== Function.prototype; up++) {
    walk(at, `${path}${'^'.repeat(up)}`, 0, shapes, seen);
    at = Object.getPrototypeOf(at);
  }
  return shapes;
}

module.exports = { nodeShapes, objectShapes };
