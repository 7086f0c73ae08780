import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

/** A name is looked up again after this long, as Kubernetes and cloud names move. */
const TTL_MS = 60_000;
/** After a failure, so that a missing name does not become a flood of look-ups. */
const RETRY_MS = 1_000;

export interface Address {
  readonly ip: string;
  readonly family: 4 | 6;
}

/**
 * A host as an address: at once for an IP address, else looked up once for all payloads that
 * wait (single flight), again when the TTL is over; a failed look-up keeps the last good answer.
 */
export class Resolver {
  private readonly host: string;
  private known: Address | null;
  private readonly fixed: boolean;
  private nextAt = 0;
  private flying: Promise<Address | null> | null = null;

  constructor(host: string) {
    this.host = host;
    const family = isIP(host);
    this.fixed = family !== 0;
    this.known = this.fixed ? { ip: host, family: family as 4 | 6 } : null;
  }

  /** The address as far as it is known now. */
  get address(): Address | null {
    return this.known;
  }

  /** Whether a look-up is due. */
  due(now: number): boolean {
    return !this.fixed && this.flying === null && now >= this.nextAt;
  }

  /** Nobody listens at the address any more: the name may lead elsewhere before its TTL is over. */
  doubt(now: number): void {
    this.nextAt = Math.min(this.nextAt, now + RETRY_MS);
  }

  /** Looks the name up; all callers meanwhile share one look-up. Never rejects. */
  resolve(now: number): Promise<Address | null> {
    if (this.fixed) return Promise.resolve(this.known);
    if (this.flying !== null) return this.flying;
    // A look-up can fail, or know the answer, before the call returns.
    let isSettled = false;
    const looking = new Promise<Address | null>((resolve) => {
      const settle = (error: Error | null, found?: LookupAddress) => {
        if (error === null && found !== undefined) {
          // The same answer stays the same object, so that a socket connected to it stays, too.
          if (this.known?.ip !== found.address)
            this.known = { ip: found.address, family: found.family === 6 ? 6 : 4 };
          this.nextAt = now + TTL_MS;
        } else {
          this.nextAt = now + RETRY_MS;
        }
        isSettled = true;
        this.flying = null;
        resolve(this.known);
      };
      try {
        // An address needs no look-up, and then this is never loaded.
        process
          .getBuiltinModule('node:dns')
          .lookup(this.host, { all: false }, (error, address, family) => settle(error, { address, family }));
      } catch (error) {
        settle(error as Error);
      }
    });
    if (!isSettled) this.flying = looking;
    return looking;
  }
}
