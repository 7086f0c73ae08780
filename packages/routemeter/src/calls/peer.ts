const LONGEST = 100;

/** The peer of a client, which is asked for with each of its calls and hardly ever changes. */
export interface KnownPeer {
  readonly host: unknown;
  readonly port: unknown;
  readonly peer: string;
}

/** `peerOf`, by what was known of the same client. */
export function knownPeer(
  known: KnownPeer | undefined,
  host: unknown,
  port: unknown,
  usualPort: number,
): KnownPeer {
  if (known !== undefined && known.host === host && known.port === port) return known;
  return { host, port, peer: peerOf(host, port, usualPort) };
}

/** Where a call goes: `host`, or `host:port` where the port is not the usual one. A socket's path is not told. */
export function peerOf(host: unknown, port: unknown, usualPort: number): string {
  if (typeof host !== 'string' || host === '') return 'localhost';
  if (host.startsWith('/') || host.startsWith('\0') || host.startsWith('\\\\.\\')) return 'unix';
  const name = host.slice(0, LONGEST).toLowerCase();
  const shown = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  const number = Number(port);
  return !Number.isInteger(number) || number <= 0 || number === usualPort ? shown : `${shown}:${number}`;
}
