import { naming, type RequestSpan, tracker } from '../../request/index.ts';
import { type Mount, mountOf, prefixAt, setMount, takenFrom } from '../mount.ts';
import { Answer } from './answer.ts';
import type { Context } from './types.ts';

/** On contexts: the mounts of koa-mount that were entered so far, left ones included. */
const MOUNTS = Symbol('routemeter.mounts');
/** On contexts: the prefix that koa-mount has just told, and what stood before it. */
const TOLD = Symbol('routemeter.told');
/** On contexts: the innermost mount in which the request was answered. */
const ANSWERED = Symbol('routemeter.answered');
const VALUE = Symbol('routemeter.mountPath');

type Mounted = Context & {
  [MOUNTS]?: KoaMount[];
  [TOLD]?: { template: string; path: string } | undefined;
  [ANSWERED]?: KoaMount;
  [VALUE]?: unknown;
};

/** One passage through a function of koa-mount, which changes the path on each way in and out. */
class KoaMount implements Mount {
  readonly by = 'koa';
  readonly above: Mount | null;
  readonly template: string;
  readonly taken: number;
  readonly name: string;
  /** The path outside and inside. */
  readonly outside: string;
  readonly inside: string;
  isInside = true;
  private readonly former: string | null;
  private before: Answer;

  constructor(context: Mounted, span: RequestSpan, template: string, outside: string) {
    const { req } = context;
    this.above = mountOf(req);
    this.template = template;
    this.name = template;
    this.taken = takenFrom(req, span, req.url ?? '');
    this.outside = outside;
    this.inside = context.path;
    this.former = span.name();
    this.before = new Answer(context);
    this.enter(context, span);
  }

  private enter(context: Mounted, span: RequestSpan): void {
    setMount(context.req, this);
    if (this.before.isGiven || context.res.headersSent) return;
    span.setRoute(this.template);
    naming().note('koa');
  }

  back(context: Mounted, span: RequestSpan): void {
    this.isInside = true;
    this.before = new Answer(context);
    this.enter(context, span);
  }

  leave(context: Mounted, span: RequestSpan): void {
    this.isInside = false;
    setMount(context.req, this.above);
    if (this.before.isAnswered(context)) context[ANSWERED] ??= this;
    else if (!this.before.isGiven) span.setRoute(this.former);
  }
}

/** Follows requests into what koa-mount mounts, for all contexts of a copy of Koa: it tells each prefix. */
export function watchMounts(context: object): void {
  if (Object.hasOwn(context, 'mountPath')) return;
  Object.defineProperty(context, 'mountPath', {
    configurable: true,
    get(this: Mounted) {
      return this[VALUE];
    },
    set(this: Mounted, prefix: unknown) {
      this[VALUE] = prefix;
      if (typeof prefix !== 'string') return;
      const span = tracker().spanOf(this.req);
      const taken = takenFrom(this.req, span, this.req.url ?? '');
      const template = prefixAt(mountOf(this.req), span, taken) + prefix.replace(/\/$/, '');
      this[TOLD] = { template, path: this.path };
    },
  });
  const path = Object.getOwnPropertyDescriptor(context, 'path');
  if (path?.set === undefined) return;
  Object.defineProperty(context, 'path', {
    ...path,
    set(this: Mounted, value: string) {
      path.set!.call(this, value);
      if (this[TOLD] !== undefined || this[MOUNTS] !== undefined) follow(this, value);
    },
  });
}

function follow(context: Mounted, path: string): void {
  const told = context[TOLD];
  context[TOLD] = undefined;
  const span = tracker().spanOf(context.req);
  if (span === undefined) return;
  const mounts = (context[MOUNTS] ??= []);
  if (told !== undefined) {
    mounts.push(new KoaMount(context, span, told.template, told.path));
    return;
  }
  // The one entered last that this is a way out of, or back into.
  const inner = mounts.findLast((one) => path === (one.isInside ? one.outside : one.inside));
  if (inner === undefined) return;
  if (inner.isInside) inner.leave(context, span);
  else inner.back(context, span);
}

/** The template of the mount in which a request was answered that has come back out of all; '' for none. */
export function answeredPrefix(context: Mounted): string | null {
  return context[ANSWERED]?.template ?? null;
}
