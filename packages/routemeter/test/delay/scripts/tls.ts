/** TLS by a key that both sides know: no certificate that could expire. */
const KEY = Buffer.alloc(32, 'routemeter');

export const TLS_SERVER = { ciphers: 'PSK', maxVersion: 'TLSv1.2', pskCallback: () => KEY } as const;
export const TLS_CLIENT = {
  ciphers: 'PSK',
  maxVersion: 'TLSv1.2',
  pskCallback: () => ({ psk: KEY, identity: 'test' }),
  checkServerIdentity: () => undefined,
} as const;
