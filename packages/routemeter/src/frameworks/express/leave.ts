import type { ServerResponse } from 'node:http';
import { tracker } from '../../request/index.ts';
import type { Exit } from '../exit.ts';
import { noteFailure } from '../failure.ts';
import { type Mount, mountOf, setMount } from '../mount.ts';
import type { ExpressRequest, Next } from './layer.ts';

/** Out of a route, or an error handler: without an error, somebody else will answer. */
export class RouteExit implements Exit {
  readonly request: ExpressRequest;
  readonly response: ServerResponse;
  readonly next: Next;

  constructor(request: ExpressRequest, response: ServerResponse, next: Next) {
    this.request = request;
    this.response = response;
    this.next = next;
  }

  /** @param name what the request is called from here on. Default: after the mount that it is in. */
  leave(error: unknown, name: string | null = mountOf(this.request)?.name ?? null): void {
    const span = tracker().spanOf(this.request);
    if (span === undefined) return;
    if (isError(error)) noteFailure(span, error);
    else if (!this.response.headersSent) span.setRoute(name);
  }
}

/** Out of a parameter handler: most often into the route that it belongs to. */
export class ParamExit extends RouteExit {
  override leave(error: unknown): void {
    if (isSignal(error)) super.leave(error);
  }
}

/** Out of what is mounted, or out of the outermost router. */
export class ExpressMount extends RouteExit implements Mount {
  readonly by = 'express';
  readonly above: Mount | null;
  readonly template: string;
  readonly taken: number;
  readonly name: string | null;
  /** How long `baseUrl` is in it. */
  readonly base: number;

  constructor(
    above: Mount | null,
    template: string,
    taken: number,
    name: string | null,
    request: ExpressRequest,
    response: ServerResponse,
    next: Next,
  ) {
    super(request, response, next);
    this.above = above;
    this.template = template;
    this.taken = taken;
    this.name = name;
    this.base = request.baseUrl?.length ?? 0;
  }

  override leave(error: unknown): void {
    setMount(this.request, this.above);
    // The outermost router has no name of its own: that of whatever it stands in goes on.
    super.leave(error, isIn(this.above) ? this.above.name : this.name);
  }
}

/** Whether a router of Express is around. */
export function isIn(above: Mount | null): above is ExpressMount {
  return above?.by === 'express';
}

/** The router's own signals are no errors. */
function isSignal(error: unknown): boolean {
  return error === 'route' || error === 'router';
}

function isError(error: unknown): boolean {
  return Boolean(error) && !isSignal(error);
}
