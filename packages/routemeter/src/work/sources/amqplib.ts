import type { Method } from '../../calls/dress.ts';
import { amqplib as calls, ofQueue } from '../../calls/sources/amqplib.ts';
import { isPromise, type WorkUnit } from '../../unit/index.ts';
import { isAsyncFunction } from '../async-function.ts';
import type { UnitHooks, UnitSource } from '../source.ts';

/** Messages of one channel that are not answered yet; further ones end when their consumer returns. */
export const UNANSWERED = 10_000;

/** On a channel: its messages that are not answered yet, by their number. */
const OPEN = Symbol('routemeter.unanswered');

/** One message that a consumer was handed and has not answered yet. */
interface Delivery {
  unit: WorkUnit;
  /** Its consumer has returned, and no promise that ends it. */
  isLeft: boolean;
}

type Open = Map<number, Delivery>;

interface Channel {
  [OPEN]?: Open;
}

interface Message {
  fields?: { deliveryTag?: unknown };
}

/** By which the server answers calls: who consumes it takes answers, and no messages. */
const REPLIES = 'amq.rabbitmq.reply-to';

const left = new WeakSet<object>();

/** What is consumed on this channel is followed by the source of who consumes it. */
export function leaveToConsumer(channel: object): void {
  left.add(channel);
}

type Parts = ReadonlyArray<{ channel: object }>;
type Answer = 'ok' | 'error' | 'retry' | 'stalled';

/**
 * amqplib, with promises and with callbacks. Each message that a consumer is handed is a unit.
 *
 * - ends: with its consumer where that is an async function; else when the message is answered (`ack`, `nack`,
 *   `reject`), or when the consumer returns where no answer is expected.
 * - name: the queue, `(temporary)` for one of a connection alone.
 * - outcome: `retry` for a message that is put back into its queue, `error` for one that is refused for good or whose
 *   consumer throws; `stalled` where the channel closes before the answer, as the broker then takes the message back.
 * - not counted: what `get` fetches, since no handler is given it; answers to calls, by `amq.rabbitmq.reply-to`.
 */
export const amqplib: UnitSource<Parts> = {
  package: 'amqplib',
  find: (exports) => calls.find(exports) as Parts | null,
  install(hooks, ways) {
    for (const { channel } of ways) {
      hookConsume(hooks, channel);
      const answers = (method: string, answer: (open: Open, args: unknown[]) => void) =>
        hookAnswer(hooks, channel, method, answer);
      answers('ack', (open, [message, upTo]) => settle(open, tagOf(message), upTo, 'ok'));
      answers('ackAll', (open) => settleAll(open, 'ok'));
      answers('nack', (open, [message, upTo, again]) => settle(open, tagOf(message), upTo, refusal(again)));
      answers('nackAll', (open, [again]) => settleAll(open, refusal(again)));
      answers('reject', (open, [message, again]) => settle(open, tagOf(message), false, refusal(again)));
      answers('toClosed', (open) => settleAll(open, 'stalled'));
    }
  },
};

function hookConsume(hooks: UnitHooks, channel: object): void {
  hooks.replace(
    channel,
    'consume',
    (original) =>
      function (this: Channel, ...args) {
        const [queue, consumer, options] = args;
        if (typeof consumer === 'function' && queue !== REPLIES && !left.has(this))
          args[1] = hooks.guarded(() => followed(hooks, this, queue, consumer, options)) ?? consumer;
        return original.apply(this, args);
      },
  );
}

function hookAnswer(
  hooks: UnitHooks,
  channel: object,
  method: string,
  answer: (open: Open, args: unknown[]) => void,
): void {
  hooks.replace(
    channel,
    method,
    (original) =>
      function (this: Channel, ...args) {
        const result = original.apply(this, args) as unknown;
        const open = this[OPEN];
        if (open !== undefined && open.size > 0) hooks.guarded(() => answer(open, args));
        return result;
      },
  );
}

/** The consumer, whose messages are units. */
function followed(
  { units }: UnitHooks,
  channel: Channel,
  queue: unknown,
  consumer: Method,
  given: unknown,
): Method {
  const name = ofQueue([queue]);
  const isAnswered = (given as { noAck?: unknown } | null | undefined)?.noAck !== true;
  const begun = { kind: 'message', system: 'rabbitmq', name } as const;
  // The library drops what a consumer returns.
  const isAsync = isAsyncFunction(consumer);
  return function (this: unknown, message: Message | null, ...rest) {
    const unit = message === null || !units.active ? null : units.open(begun);
    if (unit === null) return consumer.call(this, message, ...rest);
    const tag = tagOf(message);
    const delivery: Delivery = { unit, isLeft: false };
    const open = openOf(channel);
    const isKept = isAnswered && open.size < UNANSWERED;
    if (isKept) open.set(tag, delivery);
    const over = () => {
      if (open.get(tag) === delivery) open.delete(tag);
    };
    let result: unknown;
    try {
      result = units.run(unit, consumer, this, message, undefined, undefined);
    } catch (error) {
      over();
      unit.fail(error, true);
      throw error;
    }
    if (isAsync && isPromise(result))
      return result.then(
        (value) => {
          over();
          unit.end();
          return value;
        },
        (error: unknown) => {
          over();
          unit.fail(error);
          throw error;
        },
      );
    if (open.get(tag) === delivery) delivery.isLeft = true;
    else unit.finish(true);
    return result;
  };
}

function openOf(channel: Channel): Open {
  if (channel[OPEN] === undefined) Object.defineProperty(channel, OPEN, { value: new Map() });
  return channel[OPEN]!;
}

function tagOf(message: unknown): number {
  return Number((message as Message | null)?.fields?.deliveryTag);
}

/** The library puts a message back unless it is told not to. */
function refusal(again: unknown): Answer {
  return again === undefined || again ? 'retry' : 'error';
}

function settle(open: Open, tag: number, upTo: unknown, answer: Answer): void {
  if (!upTo) {
    end(open, tag, answer);
    return;
  }
  for (const other of [...open.keys()]) if (other <= tag) end(open, other, answer);
}

function settleAll(open: Open, answer: Answer): void {
  settle(open, Number.POSITIVE_INFINITY, true, answer);
}

function end(open: Open, tag: number, answer: Answer): void {
  const delivery = open.get(tag);
  if (delivery === undefined) return;
  open.delete(tag);
  const { unit, isLeft } = delivery;
  if (answer !== 'ok') unit.setOutcome(answer);
  if (isLeft) unit.end();
}
