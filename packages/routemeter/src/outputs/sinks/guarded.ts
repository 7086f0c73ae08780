import { textOf } from '../../errors/text.ts';
import { warnOnce } from '../../errors/warning.ts';
import type { Payload, Settle } from '../payload.ts';
import type { Sink } from './sink.ts';

/**
 * A sink of the application's: what it throws is contained, and what it settles twice counts once.
 * A payload whose sending threw is dropped and counted.
 */
export class GuardedSink implements Sink {
  readonly url: string;
  readonly maxPayload: number;
  readonly newline: boolean;
  private readonly sink: Sink;
  private readonly out = new Set<Payload>();
  private isOpen = false;
  private settle: Settle = () => {};

  constructor(sink: Sink) {
    this.sink = sink;
    this.url = sink.url;
    this.maxPayload = sink.maxPayload;
    this.newline = sink.newline;
  }

  open(settle: Settle, unconfirmed: (samples: number) => void): void {
    this.settle = (payload, cause) => {
      if (this.out.delete(payload)) settle(payload, cause);
    };
    try {
      this.sink.open(this.settle, unconfirmed);
      this.isOpen = true;
    } catch (error) {
      this.report('open', error);
    }
  }

  send(payload: Payload): void {
    this.out.add(payload);
    if (!this.isOpen) {
      this.settle(payload, 'send_failed');
      return;
    }
    try {
      this.sink.send(payload);
    } catch (error) {
      this.settle(payload, 'send_failed');
      this.report('send', error);
    }
  }

  flush(): Promise<void> {
    return this.wait('flush');
  }

  flushSync(waitMs: number): void {
    try {
      this.sink.flushSync(waitMs);
    } catch (error) {
      this.report('flushSync', error);
    }
  }

  close(): Promise<void> {
    return this.wait('close');
  }

  private async wait(call: 'flush' | 'close'): Promise<void> {
    try {
      await this.sink[call]();
    } catch (error) {
      this.report(call, error);
    }
  }

  private report(call: string, error: unknown): void {
    warnOnce(
      'RM_USER_CODE_THREW',
      `sink ${call}`,
      `"${call}" of the sink ${this.url} threw (${textOf(error)}): contained, and what it did not take is dropped and counted`,
    );
  }
}
