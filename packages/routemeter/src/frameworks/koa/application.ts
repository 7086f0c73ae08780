import { tracker } from '../../request/index.ts';
import { noteFailure } from '../failure.ts';
import { lookBack, prepare } from './follow.ts';
import type { Application, Context } from './types.ts';

type Compose = (context: Context) => Promise<unknown>;
type HandleRequest = (this: Application, context: Context, run: Compose) => unknown;

/** For the preload: follows all applications of the class that Koa exports. */
export function hookApplication(exports: unknown): void {
  const { prototype } = exports as { prototype: { handleRequest: HandleRequest } };
  const original = prototype.handleRequest;
  prototype.handleRequest = function (context, run) {
    const span = tracker().spanOf(context.req);
    if (span === undefined) return original.call(this, context, run);
    prepare(this);
    span.expectRoute();
    return original.call(this, context, async (inner) => {
      try {
        const result = await run(inner);
        lookBack(inner, span);
        return result;
      } catch (error) {
        noteFailure(span, error);
        lookBack(inner, span);
        throw error;
      }
    });
  };
}
