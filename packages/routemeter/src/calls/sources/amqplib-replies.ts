import type { Call } from '../call.ts';
import type { Method } from '../hooks.ts';

/** Requests of a connection that may wait for their answer at a time; the oldest gives way. */
export const WAITING = 1000;
/** Queues of answers of a connection; what is consumed beyond is taken for anything else. */
const QUEUES = 100;
/** So long after a request nobody waits for its answer any more; seen at the next request. */
const PATIENCE_MS = 60_000;
const NO_REPLY = { code: 'NO_REPLY' };

interface Options {
  replyTo?: unknown;
  correlationId?: unknown;
}

/** The requests over queues of answers (RPC) that one connection to RabbitMQ makes. */
export class Replies {
  private readonly queues = new Set<string>();
  private readonly waiting = new Map<string, Call>();

  /** What is delivered from here on may be an answer. The consumer stays as it looks. */
  consumed(queue: unknown, consumer: Method): Method {
    if (typeof queue === 'string' && this.queues.size < QUEUES) this.queues.add(queue);
    const { answered } = this;
    const followed: Method = function (this: unknown, message, ...more) {
      answered(message as { properties?: Options } | null);
      return consumer.call(this, message, ...more);
    };
    for (const name of ['name', 'length'] as const) {
      Object.defineProperty(followed, name, { value: consumer[name], configurable: true });
    }
    return followed;
  }

  /** The name under which the answer to a message will come back here; null where none will. */
  expected(options: unknown): string | null {
    if (this.queues.size === 0) return null;
    const { replyTo, correlationId } = (options ?? {}) as Options;
    if (typeof replyTo !== 'string' || typeof correlationId !== 'string') return null;
    return this.queues.has(replyTo) && !this.waiting.has(correlationId) ? correlationId : null;
  }

  /** The call ends with its answer. */
  wait(id: string, call: Call): void {
    for (const [oldest, { unit, duration }] of this.waiting) {
      if (this.waiting.size < WAITING && unit.now() + duration < PATIENCE_MS) break;
      this.waiting.get(oldest)!.fail(NO_REPLY);
      this.waiting.delete(oldest);
    }
    this.waiting.set(id, call);
  }

  /** It was not sent. */
  forget(id: string): void {
    this.waiting.delete(id);
  }

  private readonly answered = (message: { properties?: Options } | null): void => {
    const id = message?.properties?.correlationId;
    if (typeof id !== 'string') return;
    this.waiting.get(id)?.end();
    this.waiting.delete(id);
  };
}
