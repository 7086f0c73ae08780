import { prototypeOf } from '../../calls/hooks.ts';
import type { WorkUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import { type Document, endOperation, nameOperation, openOperation, type Schema } from './graphql.ts';

/** An operation in the library's own words; the same object at each of its hooks. */
interface Context {
  schema?: Schema;
  document?: Document;
  errors?: unknown;
  request?: { operationName?: unknown };
}

interface Server {
  internals?: { state?: { phase?: unknown } };
  addPlugin(plugin: object): void;
}

/**
 * Apollo Server. Each operation is a unit, of a batch each one; the request around it stays what it is.
 *
 * - begins: when its text is known, before it is parsed, by a plugin behind those of the application.
 * - ends: when its answer is complete, before that is made text; with `@defer`, when the first part is.
 * - name: its type and root fields; see `graphql.ts`.
 * - outcome: `error` where the answer has errors.
 * - not counted: what is refused before it has a text, as the hash of a persisted query that is not known.
 */
export const apollo: UnitSource<object> = {
  package: '@apollo/server',
  find({ ApolloServer }) {
    const servers = prototypeOf(ApolloServer);
    const methods = ['_start', 'addPlugin', 'executeOperation'];
    return servers !== null && methods.every((method) => method in servers) ? servers : null;
  },
  install(hooks, servers) {
    hooks.replace(
      servers,
      '_start',
      (original) =>
        function (this: Server, ...args) {
          hooks.guarded(() => {
            // Started twice, the library says so by itself.
            if (this.internals?.state?.phase === 'initialized') this.addPlugin(pluginOf(hooks));
          });
          return original.apply(this, args);
        },
    );
  },
};

function pluginOf(hooks: UnitHooks): object {
  const { units } = hooks;
  const open = new WeakMap<Context, WorkUnit>();
  const listener = {
    /** The library calls this behind its first `await`: what is entered here is this operation's alone. */
    didResolveSource(context: Context): void {
      hooks.guarded(() => {
        const unit = openOperation(units);
        if (unit === null) return;
        open.set(context, unit);
        units.enter(unit);
      });
    },
    didResolveOperation(context: Context): void {
      hooks.guarded(() => {
        const unit = open.get(context);
        const { schema, document, request } = context;
        if (unit !== undefined)
          nameOperation(unit, { schema, document, operationName: request?.operationName });
      });
    },
    willSendResponse(context: Context): void {
      hooks.guarded(() => {
        const unit = open.get(context);
        if (unit !== undefined) endOperation(unit, context.errors);
      });
    },
  };
  return {
    requestDidStart: () => (units.active ? listener : undefined),
    unexpectedErrorProcessingRequest(thrown: { requestContext: Context; error: unknown }): void {
      open.get(thrown.requestContext)?.fail(thrown.error);
    },
  };
}
