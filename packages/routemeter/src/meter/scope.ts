import { engine, Work } from '../attribution/index.ts';
import type { Block } from './block.ts';

/** Block samples that wait in one request until its route is final. */
export const PENDING_BLOCKS = 256;

/** What a meter knows of the HTTP request around the calling code. */
export class RequestScope extends Work {
  /** Final once `ended`. */
  route = '';
  method = '';
  /** Named by `meter.route()`, which stands over what the framework tells. */
  named: string | null = null;
  tags: Map<string, string> | null = null;
  blocks: Block[] | null = null;

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
