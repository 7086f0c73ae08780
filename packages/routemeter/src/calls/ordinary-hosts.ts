/** Calls of a place to one host until its name is told. */
export const SETTLES = 10;
/** Hosts of a place beyond which none of them is told: as of users' webhooks. */
export const PLACE_HOSTS = 3;
/** Places and hosts that are known; beyond this all begin anew. */
const KNOWN = 500;

const INTERNAL =
  /(?:^|\.)(?:localhost|local|internal|intranet|private|lan|corp|home|svc|home\.arpa)$|^[^.:[\]]+$/;
const PRIVATE_ADDRESS =
  /^(?:127|10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))(?:\.\d+){1,3}$|^\[(?:::1|f[cd]|fe80)/;
const HOST_IN_TEXT = /[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi;

interface Peer {
  readonly host: string;
  /** Of a private network, or of the configuration. */
  readonly isInternal: boolean;
}

interface Place {
  /** Calls by host. */
  readonly hosts: Map<string, number>;
  /** It calls too many hosts: none of them is told on its account. */
  isVaried: boolean;
}

/**
 * Which hosts of HTTP calls are told by name. Those that users enter must not leave, and nothing that was sent can be
 * taken back: a host is told once it is known to be an upstream.
 *
 * - at once: names and addresses of a private network, and hosts that the environment of the process names;
 * - after ten calls of one place, a route and block: a host that it goes on calling, unless the place calls more than
 *   three such hosts. With the fourth those that were told on its account alone are told no more.
 */
export class OrdinaryHosts {
  private readonly environment: () => Iterable<string | undefined>;
  /** From the environment; read when it is first needed. */
  private configured: ReadonlySet<string> | null = null;
  private readonly places = new Map<string, Place>();
  /** Hosts that are told, and by how many places. */
  private readonly settled = new Map<string, number>();
  private readonly peers = new Map<string, Peer>();
  /** The last one that is told whatever happens, nearly always the next one too. */
  private last = '';

  constructor(environment: () => Iterable<string | undefined> = () => Object.values(process.env)) {
    this.environment = environment;
  }

  /** A host is told whatever happens: the last that was asked for, and is. */
  isSure(peer: string): boolean {
    return peer === this.last;
  }

  /**
   * A place calls a host.
   *
   * @param peer `host` or `host:port`.
   * @param place names it; asked where the host alone does not tell.
   * @returns whether the host is told by name.
   */
  calls<P>(peer: string, place: (of: P) => string, of: P): boolean {
    if (this.isSure(peer)) return true;
    const { host, isInternal } = this.peer(peer);
    if (isInternal) {
      this.last = peer;
      return true;
    }
    const known = this.place(place(of));
    if (known.isVaried) return this.settled.has(host);
    const calls = (known.hosts.get(host) ?? 0) + 1;
    known.hosts.set(host, calls);
    if (known.hosts.size > PLACE_HOSTS) this.vary(known);
    else if (calls === SETTLES) this.settle(host);
    return this.settled.has(host);
  }

  private peer(text: string): Peer {
    let peer = this.peers.get(text);
    if (peer === undefined) {
      this.configured ??= hostsIn(this.environment());
      const host = text.replace(/:\d+$/, '');
      peer = {
        host,
        isInternal: INTERNAL.test(host) || PRIVATE_ADDRESS.test(host) || this.configured.has(host),
      };
      if (this.peers.size >= KNOWN) this.peers.clear();
      this.peers.set(text, peer);
    }
    return peer;
  }

  private place(name: string): Place {
    let place = this.places.get(name);
    if (place === undefined) {
      if (this.places.size >= KNOWN) {
        this.places.clear();
        this.settled.clear();
      }
      this.places.set(name, (place = { hosts: new Map(), isVaried: false }));
    }
    return place;
  }

  private settle(host: string): void {
    this.settled.set(host, (this.settled.get(host) ?? 0) + 1);
  }

  private vary(place: Place): void {
    place.isVaried = true;
    for (const [host, calls] of place.hosts) {
      if (calls < SETTLES) continue;
      const places = this.settled.get(host) ?? 0;
      if (places > 1) this.settled.set(host, places - 1);
      else this.settled.delete(host);
    }
    place.hosts.clear();
  }
}

/** Hosts that stand in the values of the environment, with names of more than one part. */
function hostsIn(values: Iterable<string | undefined>): Set<string> {
  const found = new Set<string>();
  for (const value of values) {
    for (const [host] of value?.slice(0, 4096).matchAll(HOST_IN_TEXT) ?? []) found.add(host.toLowerCase());
  }
  return found;
}
