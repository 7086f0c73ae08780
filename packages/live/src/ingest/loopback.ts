const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** Whether only this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Some clients take `localhost` for the one, some for the other: a server on one loopback listens on both. */
export function otherLoopback(host: string): string | undefined {
  if (host === '127.0.0.1' || host === 'localhost') return '::1';
  return host === '::1' ? '127.0.0.1' : undefined;
}
