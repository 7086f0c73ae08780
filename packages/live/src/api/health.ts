import type { Endpoint } from './endpoint.ts';

export const livez: Endpoint = {
  method: 'GET',
  path: '/livez',
  // Probes have no token, and learn nothing but that there is a server.
  isOpen: true,
  isLight: true,
  handle: async () => ({ status: 'ok' }),
};

/** The server listens before it answers, so it is ready whenever it is alive. */
export const readyz: Endpoint = { ...livez, path: '/readyz' };
