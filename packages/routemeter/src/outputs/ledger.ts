import type { DropCause } from './payload.ts';

/** The books of one output: taken = handed + dropped by cause + waiting, exactly, in samples. */
export class Ledger {
  /** Samples that the output was given. */
  taken = 0;
  /** Samples that the system took. */
  handed = 0;
  lines = 0;
  payloads = 0;
  bytes = 0;
  /** Samples that the system took while the server was going away: it may not have read them. */
  unconfirmed = 0;
  readonly dropped: Partial<Record<DropCause, number>> = {};

  drop(cause: DropCause, samples: number): void {
    if (samples > 0) this.dropped[cause] = (this.dropped[cause] ?? 0) + samples;
  }

  get waiting(): number {
    let dropped = 0;
    for (const samples of Object.values(this.dropped)) dropped += samples;
    return this.taken - this.handed - dropped;
  }
}
