import { engine, Work } from '../attribution/index.ts';
import type { Tag } from '../series/index.ts';
import type { Block } from './block.ts';

/** Block samples that wait in one request until its route is final. */
export const PENDING_BLOCKS = 256;

/** A server that takes requests. */
export interface ServedBy {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** One array for each address and port, up to a bound. */
  readonly tags: readonly Tag[];
}

/** What a meter knows of the HTTP request around the calling code. */
export class RequestScope extends Work {
  /** Final once `ended`. */
  route = '';
  method = '';
  /** Who took it; null where no server did. */
  server: ServedBy | null = null;
  /** Named by `meter.route()`, which stands over what the framework tells. */
  named: string | null = null;
  tags: Map<string, string> | null = null;
  blocks: Block[] | null = null;
  /** Blocks of queries that nobody has begun yet: they end with the request. */
  waiting: Set<Block> | null = null;

  constructor() {
    super('request', null);
  }
}

/** The request in flight around the caller, or null. */
export function currentScope(): RequestScope | null {
  return scopeOf(engine().current());
}

export function scopeOf(work: Work | null): RequestScope | null {
  return work !== null && work.root.kind === 'request' ? (work.root as RequestScope) : null;
}
