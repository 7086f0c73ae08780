import { textOf } from '../../errors/text.ts';
import { warnOnce } from '../../errors/warning.ts';
import type { Payload, Settle } from '../payload.ts';
import type { Sink } from './sink.ts';
import { Waiting } from './waiting.ts';

/** Payloads that the client may have without having answered. */
const OUTSTANDING = 1_024;

type Answer = (error?: unknown) => void;

/** A StatsD client, such as one of hot-shots, whose types do not tell its `send`. */
export type ClientLike = object;

/** The part used: hot-shots' `send` takes a line and tags; node-statsd's takes the parts of one sample. */
interface Sender {
  send(...args: unknown[]): unknown;
  readonly prefix?: string;
  readonly suffix?: string;
}

/** Whether an object can be sent through. */
export function isClient(client: unknown): client is ClientLike {
  return typeof (client as Partial<Sender> | null | undefined)?.send === 'function';
}

/**
 * Sends through the team's own client: its socket, prefix, tags and error handling stay in force.
 * Its tags and ours are merged by the client, line by line.
 */
export class ClientSink implements Sink {
  readonly url = 'client:';
  readonly maxPayload: number;
  readonly newline = false;
  private readonly client: Sender;
  private readonly parts: boolean;
  private readonly whole: () => boolean;
  private readonly waiting = new Waiting();
  private settle: Settle = () => {};
  private outstanding = 0;
  private closed = false;

  constructor(client: ClientLike, maxPayload = 1432) {
    this.client = client as Sender;
    this.maxPayload = maxPayload;
    // send(stat, value, type, sampleRate, tags, callback) against send(message, tags, ...).
    this.parts = this.client.send.length >= 5;
    this.whole = () => !this.parts && !adds(this.client);
  }

  open(settle: Settle): void {
    this.settle = settle;
  }

  send(payload: Payload): void {
    if (this.closed || this.outstanding >= OUTSTANDING) {
      this.settle(payload, this.closed ? 'closed' : 'queue_full');
      return;
    }
    this.outstanding++;
    const text = payload.buffer.toString('utf8', 0, payload.length);
    const messages = this.whole() ? [text] : text.split('\n');
    let left = messages.length;
    let failed = false;
    for (const message of messages) {
      let answered = false;
      const answer: Answer = (error) => {
        if (answered) return;
        answered = true;
        if (error !== undefined && error !== null) {
          failed = true;
          warnOnce(
            'RM_SEND_FAILED',
            'client',
            `the client's send() failed (${textOf(error)}): dropped and counted until it does not`,
          );
        }
        if (--left > 0) return;
        this.outstanding--;
        this.settle(payload, failed ? 'send_failed' : null);
        this.wake();
      };
      try {
        this.say(message, answer);
      } catch (error) {
        answer(error);
      }
    }
  }

  private say(message: string, answer: Answer): void {
    const { client } = this;
    if (this.parts) {
      const { name, values, type, tags } = split(message);
      const { prefix = '', suffix = '' } = client;
      // The client puts its prefix and suffix on again; a rate of its own would drop samples twice.
      client.send(
        name.slice(prefix.length, name.length - suffix.length),
        values,
        type,
        undefined,
        tags,
        answer,
      );
    } else if (this.whole()) {
      client.send(message, undefined, answer);
    } else {
      const at = message.startsWith('_e{') || message.startsWith('_sc|') ? -1 : message.indexOf('|#');
      if (at < 0) client.send(message, undefined, answer);
      else client.send(message.slice(0, at), message.slice(at + 2).split(','), answer);
    }
  }

  private wake(): void {
    if (this.outstanding === 0) this.waiting.wake();
  }

  async flush(): Promise<void> {
    const flushed = this.flushClient();
    if (this.outstanding === 0 && !flushed) return;
    const settled = this.waiting.wait();
    if (this.outstanding === 0) {
      const wake = () => this.waiting.wake();
      void flushed?.then(wake, wake);
    }
    await settled;
  }

  flushSync(): void {
    void this.flushClient();
  }

  /** What the client buffers, where it can be told to send it. */
  private flushClient(): Promise<void> | null {
    const { flush } = this.client as { flush?: (callback: () => void) => void };
    if (typeof flush !== 'function') return null;
    return new Promise((resolve) => {
      try {
        flush.call(this.client, () => resolve());
      } catch {
        resolve();
      }
    });
  }

  /** The client stays open: it is the application's. */
  async close(): Promise<void> {
    await this.flush();
    this.closed = true;
  }
}

/** Whether the client appends something to each message, which may then hold one line only. */
function adds(client: Sender): boolean {
  const { globalTags, containerID, externalData, cardinality, telegraf } = client as unknown as Record<
    string,
    unknown
  >;
  const tags = Array.isArray(globalTags) ? globalTags.length > 0 : globalTags !== undefined;
  return tags || Boolean(containerID || externalData || cardinality || telegraf);
}

function split(line: string): { name: string; values: string; type: string; tags: string[] | undefined } {
  const at = line.indexOf(':');
  const [values = '', type = '', ...fields] = line.slice(at + 1).split('|');
  const rate = fields.find((field) => field.startsWith('@'));
  const tags = fields.find((field) => field.startsWith('#'))?.slice(1);
  return { name: line.slice(0, at), values, type: rate ? `${type}|${rate}` : type, tags: tags?.split(',') };
}
