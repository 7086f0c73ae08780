import { currentUnit, type Meter } from '../meter/index.ts';
import { naming, type RequestSpan, requestOf } from '../request/index.ts';
import { ownMeter } from './own-meter.ts';
import { followProcess, handOverScope } from './plugin.ts';
import { noteServer } from './told/files.ts';

/** What React Router tells when a request was answered. */
interface Result {
  statusCode: number;
  /** Not of what it answered before it looked for a route: its manifest. */
  meta?: { pattern?: string };
}

/** What its pages ask for the routes behind their links by; the address can be configured, and is not told. */
const MANIFEST = '/__manifest';
const FAILED = 500;

/** What is used of the handler that React Router hands to an instrumentation. */
interface Handler {
  instrument(hooks: { request(handle: () => Promise<Result>): Promise<void> }): void;
}

/** An instrumentation of React Router 8. */
export interface ReactRouterInstrumentation {
  // biome-ignore lint/suspicious/noExplicitAny: it is React Router's
  handler(handler: any): void;
}

/**
 * Measures every request of a React Router 8 server in framework mode, by the pattern of the route that answered:
 * documents, data (`.data`) and resource routes.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * // entry.server.jsx
 * export const instrumentations = [reactRouterMeter()]
 */
export function reactRouterMeter(meter?: Meter): ReactRouterInstrumentation {
  const own = ownMeter(
    meter,
    'reactRouterMeter() takes a meter, or nothing: export const instrumentations = [reactRouterMeter(createMeter(...))]',
  );
  followProcess();
  return {
    handler(handler: Handler) {
      handler.instrument({
        // No `async` function: that would stand in the stacks of what loaders throw.
        request(handle) {
          const span = requestOf(currentUnit());
          if (span !== null) {
            handOverScope(span, own);
            noteServer(span);
          }
          return handle().then((result) => {
            if (span !== null) name(span, result);
          });
        },
      });
    },
  };
}

function name(span: RequestSpan, result: Result): void {
  const { meta, statusCode } = result;
  // Before 8.1 nothing has any.
  const isManifest = 'meta' in result && meta === undefined && statusCode < FAILED;
  const pattern = isManifest ? MANIFEST : meta?.pattern;
  span.setRoute(pattern ? lead(pattern) : null);
  if (pattern) naming().note('react-router');
}

function lead(pattern: string): string {
  return pattern.startsWith('/') ? pattern : `/${pattern}`;
}
