import { tracker } from '../../request/index.ts';
import { noteFailure } from '../failure.ts';

type Next = (this: unknown, error: unknown, host: { getArgByIndex?(index: number): unknown }) => unknown;

/** On Nest's class of exception handlers: followed. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.nest.errors') as never;

/**
 * Notes what controllers, guards, pipes and interceptors throw: Nest answers it itself.
 *
 * @param exports what the module of Nest's class of exception handlers exports.
 */
export function hookExceptions(exports: unknown): void {
  const { prototype } = (exports as { ExceptionsHandler: { prototype: object } }).ExceptionsHandler;
  const handlers = prototype as { next: Next; [FOLLOWED]?: true };
  if (handlers[FOLLOWED]) return;
  Object.defineProperty(handlers, FOLLOWED, { value: true });
  const original = handlers.next;
  handlers.next = function (this: unknown, error, host) {
    note(error, host?.getArgByIndex?.(0));
    return original.call(this, error, host);
  };
}

function note(error: unknown, request: unknown): void {
  // Fastify's requests stand before those of Node.
  const { raw = request } = Object(request) as { raw?: unknown };
  const span = typeof raw === 'object' && raw !== null ? tracker().spanOf(raw) : undefined;
  if (span !== undefined) noteFailure(span, error);
}
