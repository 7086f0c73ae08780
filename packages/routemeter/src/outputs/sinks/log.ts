import { writeSync } from 'node:fs';
import type { Payload, Settle } from '../payload.ts';
import type { Sink } from './sink.ts';

/** Writes each line to stderr, for a look on a laptop without any server: `url: 'log:'`. */
export class LogSink implements Sink {
  readonly url = 'log:';
  readonly maxPayload = 8192;
  readonly newline = false;
  private settle: Settle = () => {};

  open(settle: Settle): void {
    this.settle = settle;
  }

  send(payload: Payload): void {
    try {
      // Not by `process.stderr`, which ends the process when nobody reads it any more.
      writeSync(2, `${payload.buffer.toString('utf8', 0, payload.length)}\n`);
      this.settle(payload, null);
    } catch {
      this.settle(payload, 'send_failed');
    }
  }

  async flush(): Promise<void> {}
  flushSync(): void {}
  async close(): Promise<void> {}
}
