import type { IncomingMessage } from 'node:http';
import { type ServedBy, type Tag, tagText } from '../meter/index.ts';

/** Servers told apart, so that ports that change with each start make no series without end. */
const MOST = 64;

/** On servers: what they were told to be. Read for each request, which a map would have to look up. */
const AS: unique symbol = Symbol('routemeter.server') as never;

interface Server {
  /** Node's own: another one after each `listen`. */
  _handle?: unknown;
  address?(): { address: string; port: number } | string | null;
  [AS]?: { handle: unknown; as: ServedBy | null };
}

const tagsByName = new Map<string, readonly Tag[]>();
const OTHER = tagsOf('other', 'other');

/** The server that took a request; null where none did, as with requests that a test injects. */
export function servedBy(request: IncomingMessage): ServedBy | null {
  try {
    const { server } = request.socket as { server?: Server };
    if (typeof server !== 'object' || server === null) return null;
    const known = server[AS];
    if (known !== undefined && known.handle === server._handle) return known.as;
    const as = told(server.address?.() ?? null);
    server[AS] = { handle: server._handle, as };
    return as;
  } catch {
    // The socket of an HTTP/2 session that is gone may not be looked at.
    return null;
  }
}

function told(at: { address: string; port: number } | string | null): ServedBy | null {
  if (at === null) return null;
  const [address, port] = typeof at === 'string' ? [at, 0] : [at.address, at.port];
  const name = `${address} ${port}`;
  let tags = tagsByName.get(name);
  if (tags === undefined) {
    tags = tagsByName.size < MOST ? tagsOf(address, port === 0 ? '' : String(port)) : OTHER;
    if (tags !== OTHER) tagsByName.set(name, tags);
  }
  return { port, tags };
}

/** As OpenTelemetry has it: of a Unix socket the path, and no port. */
function tagsOf(address: string, port: string): readonly Tag[] {
  const tags: Tag[] = [{ key: 'server_address', value: tagText(address), origin: 'server' }];
  if (port !== '') tags.push({ key: 'server_port', value: port, origin: 'server' });
  return tags;
}
