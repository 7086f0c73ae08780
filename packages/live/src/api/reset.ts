import { ApiError, type Endpoint } from './endpoint.ts';

export const reset: Endpoint = {
  method: 'POST',
  path: '/api/reset',
  async handle(_query, context, { req }) {
    const { origin, host } = req.headers;
    const site = req.headers['sec-fetch-site'];
    // A browser says where a page comes from; programs send neither header. Behind a proxy the page is there
    // by https; that the scheme is the page's own is the browser's verdict, in the other header.
    const isForeign = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
    if (isForeign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
      throw new ApiError(403, 'FOREIGN_ORIGIN', `Origin ${origin ?? site} may not reset this server`);
    }
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
