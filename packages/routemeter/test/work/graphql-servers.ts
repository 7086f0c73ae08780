import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedFolder } from '../../../testkit/src/installed.ts';

const YOGA = '5.24.1';

/** Servers of GraphQL stand apart from the repository's packages, since each needs one graphql of all. */
const SIXTEEN = {
  private: true,
  dependencies: {
    '@apollo/server': '5.5.1',
    '@graphql-yoga/plugin-defer-stream': '3.24.1',
    '@graphql-yoga/plugin-persisted-operations': '3.24.1',
    fastify: '5.12.8',
    graphql: '16.15.0',
    'graphql-ws': '6.4.2',
    'graphql-yoga': YOGA,
    mercurius: '16.10.1',
  },
};
const SEVENTEEN = { private: true, dependencies: { graphql: '17.1.0', 'graphql-yoga': YOGA } };

export type Resolver = (parent: unknown, args: Record<string, string>) => unknown;

export interface Api {
  typeDefs: string;
  resolvers: Record<string, Record<string, Resolver | { subscribe: Resolver; resolve?: Resolver }>>;
}

export interface Opened {
  /** Sends an operation, or several in one request, and gives status and body. */
  ask(body: object | string, headers?: Record<string, string>): Promise<string>;
  /** Where it listens, without its path. */
  base: string;
  /** What a meter follows where its module is none: the application. */
  app?: unknown;
  close(): Promise<unknown>;
}

export interface Stack {
  title: string;
  /** What `units()` is given before a server is made. */
  modules: readonly unknown[];
  /** The class of an error that a resolver throws, as the server tells it. */
  error: string;
  /** @param options of its own, where a server has them. */
  open(api: Api, options?: object): Promise<Opened>;
}

// biome-ignore lint/suspicious/noExplicitAny: packages that are installed for the test alone
export type Loaded = any;

export interface GraphqlStacks {
  apollo: Stack;
  yoga: Stack;
  yoga17: Stack;
  mercurius: Stack;
}

/** Where the servers are installed over graphql 16. */
export const graphqlFolder = (): Promise<string> => installedFolder('graphql/16', SIXTEEN);

/** One of the packages that stand beside graphql 16. */
export async function graphqlModule(name: string): Promise<Loaded> {
  return load(await graphqlFolder(), name);
}

function load(folder: string, name: string): Promise<Loaded> {
  return import(pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href);
}

export async function graphqlStacks(): Promise<GraphqlStacks> {
  const sixteen = await graphqlFolder();
  const seventeen = await installedFolder('graphql/17', SEVENTEEN);
  const apollo = await load(sixteen, '@apollo/server');
  const { startStandaloneServer } = await load(sixteen, '@apollo/server/standalone');
  return {
    apollo: {
      title: 'Apollo Server 5',
      modules: [apollo],
      error: 'Broken',
      async open(api, own = {}) {
        const server = new apollo.ApolloServer({
          ...api,
          ...own,
          allowBatchedHttpRequests: true,
          includeStacktraceInErrorResponses: false,
        });
        const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
        const base = url.replace(/\/$/, '');
        return { ask: asking(base), base, close: () => server.stop() };
      },
    },
    yoga: yogaOf('GraphQL Yoga 5', await load(sixteen, 'graphql-yoga')),
    yoga17: yogaOf('GraphQL Yoga 5, graphql 17', await load(seventeen, 'graphql-yoga')),
    mercurius: {
      title: 'Mercurius 16',
      modules: [],
      // The server makes plain objects of errors.
      error: 'GraphQLError',
      async open({ typeDefs, resolvers }, own = {}) {
        const { default: fastify } = await load(sixteen, 'fastify');
        const { default: mercurius } = await load(sixteen, 'mercurius');
        const app = fastify();
        const options = { schema: typeDefs, resolvers, allowBatchedQueries: true, ...own };
        await app.register(mercurius, options);
        await app.listen({ port: 0, host: '127.0.0.1' });
        const base = `http://127.0.0.1:${app.server.address().port}`;
        return {
          ask: asking(base),
          base,
          app,
          close: () => app.close(),
        };
      },
    },
  };
}

function yogaOf(title: string, module: Loaded): Stack {
  const { createYoga, createSchema } = module;
  return {
    title,
    modules: [module],
    // The server masks errors of resolvers by this code.
    error: 'INTERNAL_SERVER_ERROR',
    async open(api, own = {}) {
      const server = createServer(
        createYoga({ schema: createSchema(api), batching: { limit: 10 }, logging: false, ...own }),
      );
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
      const { port } = server.address() as AddressInfo;
      const base = `http://127.0.0.1:${port}`;
      return {
        ask: asking(base),
        base,
        async close() {
          server.closeAllConnections();
          await new Promise((closed) => server.close(closed));
        },
      };
    },
  };
}

function asking(base: string): Opened['ask'] {
  return async (body, headers = {}) => {
    const init = {
      method: 'POST',
      // A busy machine lets a connection wait for longer than the five seconds after which servers close it.
      headers: { 'content-type': 'application/json', connection: 'close', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    };
    const answer = await fetch(`${base}/graphql`, init);
    return `${answer.status} ${await answer.text()}`;
  };
}
