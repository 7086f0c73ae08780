import type { Books } from './books.ts';

/** One place that lines are sent on to. */
export interface ForwardTarget {
  readonly books: Books;
  /** Takes whole lines. Never throws and never waits. */
  send(payload: Uint8Array): void;
  /** Waits a moment for what is on its way out. */
  close(): Promise<void>;
}
