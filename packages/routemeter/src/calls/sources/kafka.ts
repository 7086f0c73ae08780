import type { Call } from '../call.ts';
import { destinationOf } from '../destination.ts';
import { type Ending, endWithPromise, type Hooks, type Method } from '../hooks.ts';

/** What both clients of Kafka have in common. */
export interface Batch {
  topic?: unknown;
  topicMessages?: unknown;
}

/** How one of them differs. */
export interface Dialect {
  /** How the original runs; by default as it is. */
  beneath?: <R>(fn: () => R) => R;
  /** What its errors are called by their number. */
  codes?: ReadonlyMap<unknown, string>;
}

/** A method `send` or `sendBatch` that is one call until its promise settles; its brokers cannot be seen. */
export function sending(
  hooks: Hooks,
  operation: string,
  original: Method,
  { beneath = (fn) => fn(), codes }: Dialect = {},
): Method {
  return function (this: unknown, ...args) {
    const call = hooks.calls.active
      ? hooks.guarded(() => open(hooks, '', operation, topicOf(args[0] as Batch)))
      : null;
    if (call === null) return original.apply(this, args);
    const ending = endingOf(call, codes);
    try {
      return endWithPromise(
        ending,
        beneath(() => original.apply(this, args)),
      );
    } catch (error) {
      ending.fail(error);
      throw error;
    }
  };
}

export function open({ calls }: Hooks, peer: string, operation: string, destination: string): Call | null {
  const owner = calls.owner();
  return owner === null
    ? null
    : calls.open(owner, calls.name('messaging', 'kafka', peer, operation, destination));
}

/** The broker's answer has a name, such as `TOPIC_AUTHORIZATION_FAILED`; around it retries may stand. */
function endingOf(call: Call, codes?: ReadonlyMap<unknown, string>): Ending {
  return {
    end: () => call.end(),
    fail(error) {
      const { type, code, cause } = (error ?? {}) as {
        type?: unknown;
        code?: unknown;
        cause?: { type?: unknown };
      };
      const named = codes?.get(code) ?? type ?? cause?.type;
      call.fail(typeof named === 'string' ? { code: named } : error);
    },
  };
}

/** The one topic of a message or batch; empty for several. */
function topicOf(given: Batch | null | undefined): string {
  if (!Array.isArray(given?.topicMessages)) return destinationOf(given?.topic);
  const topics = new Set((given.topicMessages as Array<Batch | null>).map((one) => one?.topic));
  return topics.size === 1 ? destinationOf([...topics][0]) : '';
}
