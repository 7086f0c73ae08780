import type { Work } from '../attribution/index.ts';

/** A work that ends once: a block, or a unit of work that is no request. */
export interface Piece extends Work {
  /** Ends and records it. A second call does nothing. */
  end(): void;
  /** Ends it with an error. */
  fail(error: unknown, returned?: boolean): void;
  /** `returned`: as `Engine.close` has it. */
  finish(returned: boolean): void;
}
