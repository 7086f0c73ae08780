import { isIPv6 } from 'node:net';

const PORT = '8125';
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * The URL that a host and a port of the environment mean. Beside a name or an address it may be
 * `host:port`, `[::1]`, `[::1]:8125`, a URL of ours, one of the agent's other interfaces, whose host
 * counts alone, or the path of a socket. The port may be a URL, as Kubernetes sets `STATSD_PORT` for
 * a service of that name. A port that stands with the host comes first.
 */
export function urlOfHost(host: string, port = ''): string {
  const text = host.trim();
  if (text.startsWith('/')) return `unix://${text}`;
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme?.startsWith('unix')) return text;
  if (scheme === 'http' || scheme === 'https') {
    return `udp://${authority(text.replace(SCHEME, '')).host}:${portOf(port)}`;
  }
  const named = authority(text.replace(SCHEME, ''));
  return `${scheme ?? 'udp'}://${named.host}:${named.port ?? portOf(port)}`;
}

function authority(text: string): { host: string; port?: string | undefined } {
  const bare = text.replace(/[/?#].*$/s, '');
  if (isIPv6(bare)) return { host: `[${bare}]` };
  const [, host = bare, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(bare) ?? [];
  return { host, port: port || undefined };
}

function portOf(port: string): string {
  const text = port.trim();
  return SCHEME.test(text) ? (authority(text.replace(SCHEME, '')).port ?? PORT) : text || PORT;
}
