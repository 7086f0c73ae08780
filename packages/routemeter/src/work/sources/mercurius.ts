import type { Method } from '../../calls/dress.ts';
import { currentUnit, type WorkUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import { type Document, endOperation, nameOperation, openOperation, type Schema } from './graphql.ts';

interface Mercurius extends Method {
  addHook(name: 'preExecution', hook: (schema: Schema, document: Document) => Promise<void>): void;
}

/** What is used of a Fastify instance with the plugin. */
interface Application {
  graphql: Mercurius;
}

type Plugin = (app: Application, ...rest: unknown[]) => Promise<unknown>;

/** On applications that are followed: for every copy of the library. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.mercurius') as never;

/**
 * Mercurius. Each operation is a unit, of a batch each one; the request around it stays what it is.
 *
 * - begins: where the application's `graphql` is called, by the plugin's routes and sockets or by the application.
 * - ends: with its result, before that is made text.
 * - name: its type and root fields; see `graphql.ts`.
 * - outcome: `error` where the result has errors, or the operation is refused.
 * - not counted: subscriptions and their events.
 */
export const mercurius: UnitSource<Application> = {
  package: 'mercurius',
  // The plugin is a function, in whose place only the preload can put another.
  find(exports) {
    const { graphql } = exports as Partial<Application>;
    const methods = ['addHook', 'replaceSchema', 'defineResolvers'] as const;
    const isPlugin = methods.every((name) => typeof (graphql as never)?.[name] === 'function');
    return isPlugin ? (exports as unknown as Application) : null;
  },
  install: follow,
  inPlaceOf(hooks, plugin) {
    if (typeof plugin !== 'function') return null;
    const made = new Proxy(plugin as Plugin, {
      apply: (target, self, args: Parameters<Plugin>) =>
        Reflect.apply(target, self, args).then((value) => {
          hooks.guarded(follow, hooks, args[0], undefined);
          return value;
        }),
    });
    // The names that it has as a property of itself.
    for (const name of ['default', 'mercurius'] as const)
      if ((plugin as never)[name] === plugin) Object.assign(plugin, { [name]: made });
    return made;
  },
};

function follow(hooks: UnitHooks, app: Application): void {
  const { graphql: original } = app;
  if (typeof original?.addHook !== 'function' || Object.hasOwn(app, FOLLOWED)) return;
  Object.defineProperty(app, FOLLOWED, { value: true, configurable: true });
  const wanted = new WeakMap<WorkUnit, unknown>();
  original.addHook('preExecution', async (schema, document) => {
    hooks.guarded(() => {
      const unit = currentUnit() as WorkUnit | null;
      if (unit !== null && wanted.has(unit))
        nameOperation(unit, { schema, document, operationName: wanted.get(unit) });
    });
  });
  // All its properties are the plugin's, which changes them.
  const made = new Proxy(original, {
    apply(target, self, args) {
      const unit = hooks.guarded(openOperation, hooks.units);
      if (unit === null) return Reflect.apply(target, self, args);
      wanted.set(unit, args[3]);
      return hooks.units.run(unit, run, unit, target, self, args);
    },
  });
  app.graphql = made;
  hooks.whenRemoved(() => {
    if (app.graphql === made) app.graphql = original;
    Reflect.deleteProperty(app, FOLLOWED);
  });
}

async function run(this: WorkUnit, fn: Method, self: unknown, args: unknown[]): Promise<unknown> {
  try {
    const result = (await fn.apply(self, args)) as { errors?: unknown } | undefined;
    endOperation(this, result?.errors);
    return result;
  } catch (error) {
    this.fail(error);
    throw error;
  }
}
