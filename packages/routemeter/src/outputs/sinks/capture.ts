import type { Payload, Settle } from '../payload.ts';
import type { Sink } from './sink.ts';

/** Keeps the newest payloads as text, for tests. @example new CaptureSink().lines */
export class CaptureSink implements Sink {
  readonly url = 'capture:';
  readonly maxPayload: number;
  readonly newline = false;
  readonly payloads: string[] = [];
  private readonly most: number;
  private settle: Settle = () => {};

  /** @param most payloads kept, the newest; 10 000 hold about 14 MB. */
  constructor({ maxPayload = 1432, most = 10_000 }: { maxPayload?: number; most?: number } = {}) {
    this.maxPayload = maxPayload;
    this.most = most;
  }

  get lines(): string[] {
    return this.payloads.flatMap((payload) => payload.split('\n')).filter((line) => line !== '');
  }

  open(settle: Settle): void {
    this.settle = settle;
  }

  send(payload: Payload): void {
    if (this.payloads.length >= this.most) this.payloads.shift();
    this.payloads.push(payload.buffer.toString('utf8', 0, payload.length));
    this.settle(payload, null);
  }

  async flush(): Promise<void> {}
  flushSync(): void {}
  async close(): Promise<void> {}
}
