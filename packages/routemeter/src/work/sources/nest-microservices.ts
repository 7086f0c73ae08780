import type { Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { currentUnit, isPromise, type UnitParts, type WorkUnit } from '../../unit/index.ts';
import { jobName } from '../naming.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Units } from '../units.ts';
import { leaveToConsumer } from './amqplib.ts';

interface Parts {
  server: object | null;
  kafka: object | null;
  rabbitmq: object | null;
  filter: object | null;
}

interface Server {
  noAck?: unknown;
  transportId?: unknown;
  normalizePattern?(pattern: unknown): unknown;
}

interface Observer {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

interface Observable {
  subscribe(observer: Observer): { unsubscribe(): void };
}

type ObservableClass = new (subscribe: (observer: Observer) => () => void) => Observable;

/** The library's transports by their numbers, in OpenTelemetry's words where it has them. */
const SYSTEMS = ['tcp', 'redis', 'nats', 'mqtt', 'grpc', 'rabbitmq', 'kafka'];
const FRAMEWORK = 'nestjs';

/**
 * @nestjs/microservices, over every transport. Each message that has a handler is a unit: an RPC where it is answered
 * (`@MessagePattern`), a message where it is not (`@EventPattern`), whatever the number of its handlers.
 *
 * - ends: with its handler, or the promise or the stream that this returns.
 * - name: the pattern in the decorator.
 * - outcome: `error` where the client is answered by one, with the class of what was thrown.
 * - not counted: what is a unit of the transport's library already: of `@grpc/grpc-js`, and where they are followed
 *   of kafkajs, and of amqplib where messages are acknowledged (`noAck: false`).
 */
export const nestMicroservices: UnitSource<Parts> = {
  package: '@nestjs/microservices',
  find({ Server, ServerKafka, ServerRMQ, BaseRpcExceptionFilter }) {
    const having = (made: unknown, ...methods: string[]) => {
      const found = prototypeOf(made);
      return found !== null && methods.every((method) => method in found) ? found : null;
    };
    const parts = {
      server: having(Server, 'addHandler', 'getHandlerByPattern'),
      kafka: having(ServerKafka, 'addHandler'),
      rabbitmq: having(ServerRMQ, 'setupChannel'),
      filter: having(BaseRpcExceptionFilter, 'catch'),
    };
    return Object.values(parts).every((part) => part === null) ? null : parts;
  },
  install(hooks, { server, kafka, rabbitmq, filter }) {
    hooks.replace(server, 'addHandler', (original) => adding(hooks, original, () => true));
    // What nobody answers has ended for amqplib before it is handed to its handler.
    hooks.replace(
      rabbitmq,
      'setupChannel',
      (original) =>
        function (this: Server, ...args) {
          hooks.guarded(() => {
            if (this.noAck === true) leaveToConsumer(args[0] as object);
          });
          return original.apply(this, args);
        },
    );
    // Since 12, which keeps patterns of several topics apart.
    if (kafka !== null && Object.hasOwn(kafka, 'addHandler'))
      hooks.replace(kafka, 'addHandler', (original) =>
        adding(hooks, original, (pattern) => pattern instanceof RegExp),
      );
    hooks.replace(
      filter,
      'catch',
      (original) =>
        function (this: unknown, ...args) {
          hooks.guarded(note, args[0]);
          return original.apply(this, args);
        },
    );
  },
};

function adding(hooks: UnitHooks, original: Method, isOurs: (pattern: unknown) => boolean): Method {
  return function (this: unknown, ...args) {
    const [pattern, handler, isEvent, ...more] = args;
    const seen =
      typeof handler === 'function' && isOurs(pattern)
        ? hooks.guarded(() => followed(hooks, handler as Method, partsOf(this as Server, pattern, isEvent)))
        : null;
    return original.call(this, pattern, seen ?? handler, isEvent, ...more);
  };
}

/** What handlers threw, which the library turns into an answer without a class. */
const thrown = new WeakMap<object, unknown>();

function note(error: unknown): void {
  const unit = currentUnit();
  if (unit !== null && !unit.ended) thrown.set(unit, error);
}

function partsOf(server: Server, pattern: unknown, isEvent: unknown): UnitParts {
  const text =
    typeof pattern === 'string'
      ? pattern
      : pattern instanceof RegExp
        ? pattern.source.replace(/[\\^$]/g, '')
        : String(server.normalizePattern?.(pattern) ?? '');
  const name = jobName(text.replace(/["{}]/g, ''));
  if (isEvent !== true) return { kind: 'rpc', system: FRAMEWORK, name };
  return { kind: 'message', system: SYSTEMS[server.transportId as number] ?? FRAMEWORK, name };
}

/** In place of a handler, on which the library keeps what it knows of it. */
function followed({ units }: UnitHooks, handler: Method, parts: UnitParts): Method {
  return new Proxy(handler, {
    apply(target, self, args) {
      const unit = units.active && !isInside() ? units.open(parts) : null;
      if (unit === null) return Reflect.apply(target, self, args) as unknown;
      let result: unknown;
      try {
        result = units.run(unit, Reflect.apply, undefined, target, self, args);
      } catch (error) {
        unit.fail(error);
        throw error;
      }
      if (!isPromise(result)) return settled(units, unit, result);
      return result.then(
        (value: unknown) => settled(units, unit, value),
        (error: unknown) => {
          unit.fail(error);
          throw error;
        },
      );
    },
  });
}

/** Inside a unit of the transport's library, or of another handler of the same event. */
function isInside(): boolean {
  const around = currentUnit();
  return around !== null && !around.ended && (around.kind === 'message' || around.kind === 'rpc');
}

/** A stream ends the unit when it does; anything else at once. */
function settled(units: Units, unit: WorkUnit, value: unknown): unknown {
  const Observable = classOf(value);
  if (Observable === null) {
    unit.end();
    return value;
  }
  return new Observable((observer) => {
    const own: Observer = {
      next: (one) => observer.next(one),
      error(error) {
        unit.fail(thrown.get(unit) ?? error);
        observer.error(error);
      },
      complete() {
        unit.end();
        observer.complete();
      },
    };
    const inner = units.run(unit, subscribe, undefined, value as Observable, own, undefined);
    return () => {
      inner.unsubscribe();
      unit.end();
    };
  });
}

function subscribe(source: Observable, observer: Observer) {
  return source.subscribe(observer);
}

/** The class `Observable` that a stream is of, not what it is more; null for anything else. */
function classOf(value: unknown): ObservableClass | null {
  const { subscribe, lift } = (value ?? {}) as { subscribe?: unknown; lift?: unknown };
  if (typeof subscribe !== 'function' || typeof lift !== 'function') return null;
  let prototype = Object.getPrototypeOf(value) as object;
  for (;;) {
    const above = Object.getPrototypeOf(prototype) as object | null;
    if (above === null || Object.getPrototypeOf(above) === null) break;
    prototype = above;
  }
  return typeof prototype.constructor === 'function' ? (prototype.constructor as ObservableClass) : null;
}
