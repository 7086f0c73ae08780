import type { Work } from '../../attribution/index.ts';
import type { Call } from '../call.ts';
import { destinationOf, TEMPORARY } from '../destination.ts';
import {
  type Ending,
  endWithCallback,
  endWithin,
  endWithPromise,
  type Hooks,
  type Method,
  prototypeOf,
} from '../hooks.ts';
import { loadedBeside } from '../loaded-files.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';
import { Replies } from './amqplib-replies.ts';

/** One of its two ways: with promises, or with callbacks. */
interface Way {
  takesCallbacks: boolean;
  model: object;
  channel: object;
  confirm: object;
}

/** On a connection: its broker, as it is shown. */
const PEER = Symbol('routemeter.peer');

/** On a connection: what is asked over it, and answered to a queue that is consumed over it. */
const REPLIES = Symbol('routemeter.replies');

interface Channel {
  connection?: {
    [PEER]?: string;
    [REPLIES]?: Replies;
    stream?: { _host?: unknown; remoteAddress?: unknown; remotePort?: unknown };
  };
}

/**
 * What a channel asks of the broker and waits for, with the place of its callback where it takes one. The first
 * argument is the queue or exchange, but for those of a channel as a whole.
 */
const ASKED: Readonly<Record<string, number>> = {
  assertQueue: 2,
  checkQueue: 1,
  deleteQueue: 2,
  purgeQueue: 1,
  bindQueue: 4,
  unbindQueue: 4,
  assertExchange: 3,
  checkExchange: 1,
  deleteExchange: 2,
  bindExchange: 4,
  unbindExchange: 4,
  get: 2,
  consume: 3,
  cancel: 1,
  prefetch: 2,
  recover: 0,
};
const OF_CHANNEL = new Set(['cancel', 'prefetch', 'recover']);

/**
 * amqplib, with promises and with callbacks. It publishes no channel.
 *
 * - begins: `publish`, which `sendToQueue` calls, too; `get`, and whatever else a channel asks and waits for;
 *   `createChannel` and `createConfirmChannel`.
 * - owner: read there. The library calls back in the context of whoever made the connection; here, as part of
 *   the work that asked. Consumers stay where they are: what they do is no part of it.
 * - ends: when the broker has answered; of `publish` on a channel without confirms at once, as nobody is told more.
 *   A message with `correlationId` and a `replyTo` that this connection consumes is a `request`, until its answer
 *   is delivered.
 * - not counted: acknowledgements, which nothing answers, and connecting.
 */
export const amqplib: ModuleSource<readonly Way[]> = {
  package: 'amqplib',
  kind: 'messaging',
  find(exports) {
    const own = wayOf(exports);
    if (own !== null) return [own];
    const { connect, credentials, IllegalOperationError } = exports;
    if (typeof connect !== 'function' || typeof IllegalOperationError !== 'function' || !credentials)
      return null;
    // The package exports none of its classes.
    const ways = loadedBeside(exports.default ?? exports, /^\/lib\/(channel|callback)_model\.js$/)
      .map((found) => wayOf(found as Readonly<Record<string, unknown>>))
      .filter((way) => way !== null);
    return ways.length === 0 ? null : ways;
  },
  install(hooks, ways) {
    for (const way of ways) {
      const { takesCallbacks, model, channel, confirm } = way;
      hookConsume(hooks, way);
      for (const method of ['createChannel', 'createConfirmChannel']) {
        hooks.replace(model, method, askedOf(hooks, method, takesCallbacks ? -1 : null, nothing));
      }
      for (const [method, place] of Object.entries(ASKED)) {
        const destination = OF_CHANNEL.has(method) ? nothing : ofQueue;
        hooks.replace(channel, method, askedOf(hooks, method, takesCallbacks ? place : null, destination));
      }
      hookPublish(hooks, channel, confirm);
      hookPublish(hooks, confirm, confirm);
    }
  },
};

const nothing = (): string => '';

function wayOf(exports: Readonly<Record<string, unknown>>): Way | null {
  const model = prototypeOf(exports.ChannelModel ?? exports.CallbackModel);
  const channel = prototypeOf(exports.Channel);
  const confirm = prototypeOf(exports.ConfirmChannel);
  const takesCallbacks = exports.CallbackModel !== undefined;
  return model && channel && confirm ? { takesCallbacks, model, channel, confirm } : null;
}

/** @param place of the callback, negative for the last argument; null where a promise is returned. */
function askedOf(
  hooks: Hooks,
  method: string,
  place: number | null,
  destination: (args: readonly unknown[]) => string,
): (original: Method) => Method {
  return (original) =>
    function (this: Channel, ...args) {
      const owner = hooks.calls.owner();
      const call =
        owner === null ? null : hooks.guarded(() => open(hooks, owner, this, method, destination(args)));
      if (call === null) return original.apply(this, args);
      const ending = endingOf(call);
      if (place !== null) {
        const last = args.findLastIndex((arg) => typeof arg === 'function');
        giveCallback(hooks, owner!, ending, args, place >= 0 ? place : last < 0 ? args.length : last);
      }
      try {
        const result = original.apply(this, args);
        return place === null ? endWithPromise(ending, result) : result;
      } catch (error) {
        ending.fail(error);
        throw error;
      }
    };
}

/** @param confirms of the channels whose messages are confirmed, which are channels, too. */
function hookPublish(hooks: Hooks, prototype: object, confirms: object): void {
  const isConfirmed = prototype === confirms;
  hooks.replace(
    prototype,
    'publish',
    (original) =>
      function (this: Channel, ...args) {
        if (!hooks.calls.active || (!isConfirmed && Object.prototype.isPrototypeOf.call(confirms, this)))
          return original.apply(this, args);
        const begun = hooks.guarded(() => beginPublish(hooks, this, args, isConfirmed));
        if (begun === null) return original.apply(this, args);
        const { ending, id } = begun;
        try {
          const result = original.apply(this, args) as unknown;
          if (!isConfirmed && id === null) ending.end();
          return result;
        } catch (error) {
          if (id !== null) repliesOf(this).forget(id);
          ending.fail(error);
          throw error;
        }
      },
  );
}

/** With the name under which its answer comes back, if one will; then it is not over before. */
function beginPublish(
  hooks: Hooks,
  channel: Channel,
  args: unknown[],
  isConfirmed: boolean,
): { ending: Ending; id: string | null } | null {
  const replies = repliesOf(channel);
  const id = replies.expected(args[3]);
  const owner = hooks.calls.owner();
  if (owner === null) return null;
  const call = open(hooks, owner, channel, id === null ? 'publish' : 'request', targetOf(args));
  if (call === null) return null;
  const ending = endingOf(call);
  if (id !== null) replies.wait(id, call);
  if (isConfirmed) giveCallback(hooks, owner, id === null ? ending : { ...ending, end() {} }, args, 4);
  return { ending, id };
}

function hookConsume(hooks: Hooks, { channel, takesCallbacks }: Way): void {
  const asked = askedOf(hooks, 'consume', takesCallbacks ? ASKED.consume! : null, ofQueue);
  hooks.replace(channel, 'consume', (original) => {
    const followed = asked(original);
    return function (this: Channel, ...args) {
      const [queue, consumer] = args;
      if (hooks.calls.active && typeof consumer === 'function')
        hooks.guarded(() => {
          args[1] = repliesOf(this).consumed(queue, consumer as Method);
        });
      return followed.apply(this, args);
    };
  });
}

function repliesOf({ connection = {} }: Channel): Replies {
  if (connection[REPLIES] === undefined) Object.defineProperty(connection, REPLIES, { value: new Replies() });
  return connection[REPLIES]!;
}

/** The library takes no callback for one that does nothing: it is told apart nowhere. */
function giveCallback({ calls }: Hooks, owner: Work, ending: Ending, args: unknown[], at: number): void {
  const given = args[at];
  if (typeof given === 'function') args[at] = endWithin(calls, owner, ending, given as Method);
  else if (!given) args[at] = endWithCallback(ending, () => {});
}

function open(
  { calls }: Hooks,
  owner: Work,
  channel: Channel,
  operation: string,
  destination: string,
): Call | null {
  return calls.open(owner, calls.name('messaging', 'rabbitmq', peer(channel), operation, destination));
}

/** Its errors have the broker's number as their code. */
function endingOf(call: Call): Ending {
  return {
    end: () => call.end(),
    fail(error) {
      const { code } = (error ?? {}) as { code?: unknown };
      call.fail(typeof code === 'number' ? { code: String(code) } : error);
    },
  };
}

/** Of what is published: the exchange, or the queue where it goes straight into one. */
function targetOf([exchange, key]: readonly unknown[]): string {
  return destinationOf(exchange === '' ? key : exchange);
}

/** The queue that is asked for; one of a connection alone is temporary. */
export function ofQueue([name, options]: readonly unknown[]): string {
  const { exclusive } = (typeof options === 'object' && options !== null ? options : {}) as {
    exclusive?: unknown;
  };
  return name === '' || name === undefined || name === null || exclusive === true
    ? TEMPORARY
    : destinationOf(name);
}

function peer({ connection }: Channel): string {
  if (connection === undefined) return '';
  if (connection[PEER] === undefined) {
    const { _host: host, remoteAddress, remotePort } = connection.stream ?? {};
    const port = remotePort === 5671 ? 0 : remotePort;
    Object.defineProperty(connection, PEER, { value: peerOf(host ?? remoteAddress, port, 5672) });
  }
  return connection[PEER]!;
}
