import { textOf, warnOnce } from '../../errors/index.ts';
import { naming, type RequestSpan } from '../../request/index.ts';
import { serviceRoute } from '../feathers.ts';
import { operationRoute } from '../loopback.ts';
import { fitsAddress, mountOf } from '../mount.ts';

type Served = object & { app?: unknown; lookup?: unknown };

/**
 * Names a request at its end that no route of Express answered, where the application has a router of
 * its own behind a function: such frameworks tell what they found on the request, and when is theirs.
 */
export function nameBehind(span: RequestSpan, request: object): void {
  const mount = mountOf(request);
  // A route, or the application itself, has named it.
  if (mount?.by !== 'express' || span.name() !== mount.name) return;
  const isFitting = (route: string) => fitsAddress(route, span.url);
  try {
    const { app, lookup } = request as Served;
    const route =
      lookup === undefined
        ? operationRoute(request, mount.template)
        : serviceRoute(app, lookup, mount.template, isFitting);
    if (route === null || !isFitting(route)) return;
    span.setRoute(route);
    naming().note('express');
  } catch (error) {
    warnOnce(
      'RM_INTERNAL',
      'behind',
      `asking a framework for a route failed and was contained: ${textOf(error)}`,
    );
  }
}
