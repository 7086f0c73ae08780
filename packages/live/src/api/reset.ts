import { ApiError, type Endpoint } from './endpoint.ts';
import { refuseForeign } from './foreign.ts';

export const reset: Endpoint = {
  method: 'POST',
  path: '/api/reset',
  async handle(_query, context, { req }) {
    refuseForeign(req, 'reset this server');
    if (context.reset === undefined) {
      throw new ApiError(
        409,
        'NOT_OURS',
        'this server shows what an engine has (--store), and forgets nothing there; it leaves by the retention of the engine',
      );
    }
    await context.reset();
    return { status: 'ok' };
  },
};
