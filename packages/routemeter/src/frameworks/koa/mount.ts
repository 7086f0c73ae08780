import type { Context } from './types.ts';

/** On contexts: the prefixes of koa-mount that were entered so far, left ones included. */
const PREFIXES = Symbol('routemeter.prefixes');
const VALUE = Symbol('routemeter.mountPath');

type Mounted = Context & { [PREFIXES]?: string[]; [VALUE]?: unknown };

/** Notes every prefix that koa-mount tells the contexts of a copy of Koa: it keeps the last alone. */
export function watchMounts(context: object): void {
  if (Object.hasOwn(context, 'mountPath')) return;
  Object.defineProperty(context, 'mountPath', {
    configurable: true,
    get(this: Mounted) {
      return this[VALUE];
    },
    set(this: Mounted, prefix: unknown) {
      this[VALUE] = prefix;
      if (typeof prefix === 'string') (this[PREFIXES] ??= []).push(prefix);
    },
  });
}

/** The prefix under which the router at work is mounted; put together of registered prefixes only. */
export function mountPrefix(context: Mounted): string {
  const prefixes = context[PREFIXES];
  if (prefixes === undefined) return '';
  const [whole = ''] = context.originalUrl.split('?', 1);
  // koa-mount cuts a prefix off the front, and leaves a slash where nothing is left.
  const rest = whole.endsWith(context.path) ? context.path.length : 0;
  const before = whole.slice(0, whole.length - rest).replace(/\/$/, '');
  let prefix = '';
  for (const one of prefixes) {
    const next = prefix + one.replace(/\/$/, '');
    if (before.startsWith(next)) prefix = next;
  }
  return prefix;
}
