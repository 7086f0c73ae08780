import type { IncomingMessage, ServerResponse } from 'node:http';
import { naming, type RequestSpan, tracker } from '../../request/index.ts';
import { type Exit, leaver } from '../exit.ts';
import { fits, type Mount, mountOf, setMount, takenFrom } from '../mount.ts';
import { trampoline } from '../trampoline.ts';

type Next = (error?: unknown) => void;
type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => unknown;
type Use = (this: UsingInstance, path: unknown, fn?: unknown) => unknown;

/** An instance of Fastify with the method `use` of @fastify/middie. */
interface UsingInstance {
  prefix: string;
  /** That of @fastify/express, whose routers name their mounts themselves. */
  express?: unknown;
}

interface Decorable {
  decorate(name: string, value: unknown, ...rest: unknown[]): unknown;
}

/**
 * Names what functions answer that are mounted by `use(path, fn)` of @fastify/middie, on an instance and on all
 * plugins inside it: the method is a decoration that the plugin adds later.
 */
export function followUse(instance: object): void {
  const decorable = instance as Decorable;
  const { decorate } = decorable;
  decorable.decorate = function (name, value, ...rest) {
    const own = name === 'use' && typeof value === 'function' ? followed(value as Use) : value;
    return decorate.call(this, name, own, ...rest);
  };
}

function followed(original: Use): Use {
  return function use(path, fn) {
    if (fn === undefined || fn === null) return original.call(this, path);
    const paths = [path].flat().filter((one) => typeof one === 'string');
    if (this.express !== undefined || paths.length === 0) return original.call(this, path, fn);
    const templates = paths.map((one) => joined(this.prefix, one)).filter((one) => one !== '');
    const wrap = (one: unknown): unknown =>
      typeof one === 'function' && templates.length > 0 ? mounted(one as Middleware, templates) : one;
    return original.call(this, path, Array.isArray(fn) ? fn.map(wrap) : wrap(fn));
  };
}

/** As the plugin joins them, without a slash at the end. */
function joined(prefix: string, path: string): string {
  return `${prefix}/${path}`.replace(/\/{2,}/g, '/').replace(/\/$/, '');
}

/** @param templates of which one matched. */
function mounted(fn: Middleware, templates: readonly string[]): Middleware {
  const enter = (request: IncomingMessage, response: ServerResponse, next: Next): Next => {
    const span = tracker().spanOf(request);
    if (span === undefined || response.headersSent) return next;
    const taken = takenFrom(request, span, request.url ?? '');
    const path = span.url.slice(0, Math.max(taken, 0));
    const template = templates.find((one) => fits(one, path)) ?? templates[0]!;
    return leaver(new MiddieMount(span, template, taken, request, response, next));
  };
  return trampoline(3, enter, fn, ['nothing', 0, 1, 'observed']);
}

class MiddieMount implements Mount, Exit {
  readonly by = 'middie';
  readonly above: Mount | null;
  readonly template: string;
  readonly taken: number;
  readonly name: string;
  readonly next: Next;
  private readonly span: RequestSpan;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly former: string | null;

  constructor(
    span: RequestSpan,
    template: string,
    taken: number,
    request: IncomingMessage,
    response: ServerResponse,
    next: Next,
  ) {
    this.above = mountOf(request);
    this.template = template;
    this.taken = taken;
    this.name = template;
    this.next = next;
    this.span = span;
    this.request = request;
    this.response = response;
    this.former = span.name();
    setMount(request, this);
    // A route that Fastify has found names the request, also where it is not reached.
    if (this.former !== null) return;
    span.setRoute(template);
    naming().note('fastify');
  }

  leave(error: unknown): void {
    setMount(this.request, this.above);
    if (!error && this.former === null && !this.response.headersSent) this.span.setRoute(null);
  }
}
