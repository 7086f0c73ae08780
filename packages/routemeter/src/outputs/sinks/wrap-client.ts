import { isTagObject, type Tags, together } from './client-tags.ts';

/** Calls whose arguments are `(name, value?, sampleRate?, tags?, callback?)`. */
const METRICS = new Set([
  'timing',
  'increment',
  'decrement',
  'histogram',
  'distribution',
  'gauge',
  'gaugeDelta',
  'unique',
  'set',
]);
/** Calls whose arguments are `(function, name, sampleRate?, tags?, callback?)`. */
const TIMERS = new Set(['timer', 'asyncTimer', 'asyncDistTimer']);
/** Calls whose arguments are `(name, status or text, options, tags, callback)`. */
const REPORTS = new Set(['check', 'event']);

/**
 * A StatsD client (hot-shots, node-statsd and their kin) of the same type whose metrics carry
 * `tags`; a tag of the call's own goes before. Everything else, `close` and properties included,
 * is the client's.
 *
 * @example
 * const statsd = wrapClient(new StatsD(), { tags: { app: 'myapp', stage: 'testing' } })
 * statsd.increment('logins')            // logins:1|c|#app:myapp,stage:testing
 */
export function wrapClient<C extends object>(client: C, options: { tags: Tags }): C {
  const tags = options?.tags ?? {};
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(client, {
    get(target, key) {
      const value = Reflect.get(target, key, target) as unknown;
      if (typeof value !== 'function' || key === 'constructor') return value;
      const known = bound.get(key) as { of?: unknown; call?: unknown } | undefined;
      if (known?.of === value) return known.call;
      const call = wrapped(target, key, value as Callable, tags);
      if (bound.size < METHODS) bound.set(key, { of: value, call });
      return call;
    },
    set(target, key, value) {
      return Reflect.set(target, key, value, target);
    },
  });
}

/** Methods remembered, so that `client.increment === client.increment`. */
const METHODS = 200;

type Callable = (...args: unknown[]) => unknown;

function wrapped(client: object, key: PropertyKey, method: Callable, tags: Tags): Callable {
  const name = String(key);
  if (METRICS.has(name)) return (...args) => method.apply(client, metricArguments(name, args, tags));
  if (TIMERS.has(name)) return (fn, stat, ...rest) => method.call(client, fn, stat, ...tail(rest, tags));
  if (REPORTS.has(name)) return (...args) => method.apply(client, reportArguments(args, tags));
  if (name === 'childClient') return (...args) => wrapClient(method.apply(client, args) as object, { tags });
  return method.bind(client);
}

function metricArguments(method: string, args: unknown[], tags: Tags): unknown[] {
  const [stat, value, ...rest] = args;
  const counts = method === 'increment' || method === 'decrement';
  // increment(stat, tags), increment(stat, callback)
  if (counts && typeof value !== 'number' && value !== undefined && value !== null) {
    return [stat, 1, ...tail([value, ...rest], tags)];
  }
  return [stat, counts ? (value ?? 1) : value, ...tail(rest, tags)];
}

const OPTION_KEYS = ['sampleRate', 'tags', 'timestamp', 'cardinality'];

/** `sampleRate?, tags?, callback?`, or hot-shots' `{ sampleRate, tags, timestamp }, callback?`, with the tags added. */
function tail(rest: unknown[], tags: Tags): unknown[] {
  const callback = rest.find((item) => typeof item === 'function');
  const objects = rest.filter((item) => typeof item === 'object' && item !== null);
  const [first] = objects;
  if (isTagObject(first) && objects.length === 1 && OPTION_KEYS.some((key) => key in first)) {
    const options = first as { tags?: Tags };
    return [{ ...options, tags: together(tags, options.tags) }, ...(callback ? [callback] : [])];
  }
  const rate = rest.find((item) => typeof item === 'number');
  const own = objects.at(-1) as Tags | undefined;
  const list = together(tags, own);
  return callback ? [rate, list, callback] : [rate, list];
}

function reportArguments(args: unknown[], tags: Tags): unknown[] {
  const callback = args.find((item, at) => at > 1 && typeof item === 'function');
  const [name, text, options, own] = args.map((item) => (item === callback ? undefined : item));
  const list = together(tags, own as Tags | undefined);
  return callback ? [name, text, options ?? {}, list, callback] : [name, text, options ?? {}, list];
}
