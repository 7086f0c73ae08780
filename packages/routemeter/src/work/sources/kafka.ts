import { destinationOf } from '../../calls/destination.ts';
import { dress, type Method } from '../../calls/dress.ts';
import type { UnitHooks } from '../source.ts';
import type { Judge } from '../units.ts';

interface Message {
  timestamp?: unknown;
}

interface Payload {
  topic?: unknown;
  message?: Message;
  batch?: { topic?: unknown; messages?: Message[] };
}

/** What a consumer is run with; both clients of Kafka have these two. */
const HANDLERS = ['eachMessage', 'eachBatch'];

/** The method `run` of a consumer, whose handlers are units: one for each message, or for each batch. */
export function running(hooks: UnitHooks, original: Method): Method {
  const run: Method = function (this: unknown, ...args) {
    args[0] = hooks.guarded(() => followed(hooks, args[0])) ?? args[0];
    return original.apply(this, args);
  };
  dress(run, original);
  return run;
}

/** The same options with handlers that are followed; the application keeps its own. */
function followed({ units }: UnitHooks, config: unknown): unknown {
  if (typeof config !== 'object' || config === null) return config;
  const own: Record<string, unknown> = { ...config };
  for (const name of HANDLERS) {
    const handler = own[name];
    if (typeof handler !== 'function') continue;
    const handle: Method = function (this: unknown, ...args) {
      if (!units.active) return handler.apply(this, args);
      return units.around(begunBy(args[0] as Payload), handler as Method, this, args, judge);
    };
    dress(handle, handler as Method);
    own[name] = handle;
  }
  return own;
}

function begunBy({ topic, message, batch }: Payload) {
  const sent = Number((message ?? batch?.messages?.[0])?.timestamp);
  const queued = sent > 0 ? Math.max(0, Date.now() - sent) : undefined;
  return { kind: 'message', system: 'kafka', name: destinationOf(topic ?? batch?.topic), queued } as const;
}

/** What a handler throws at is read again, unless it says that this makes no sense. */
const judge: Judge = (unit, error) => {
  if (error !== undefined && (error as { retriable?: unknown } | null)?.retriable !== false)
    unit.setOutcome('retry');
};
