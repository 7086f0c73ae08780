import type { Payload, Settle } from '../payload.ts';
import type { Sink } from './sink.ts';

/** Takes everything and keeps nothing: `url: 'null:'`. For measuring what the rest costs. */
export class NullSink implements Sink {
  readonly url = 'null:';
  readonly maxPayload: number;
  readonly newline = false;
  private settle: Settle = () => {};

  constructor(maxPayload = 1432) {
    this.maxPayload = maxPayload;
  }

  open(settle: Settle): void {
    this.settle = settle;
  }

  send(payload: Payload): void {
    this.settle(payload, null);
  }

  async flush(): Promise<void> {}
  flushSync(): void {}
  async close(): Promise<void> {}
}
