// Servers of GraphQL, one after the other. Runs where its packages are installed.
const typeDefs = 'type Query { slow: String broken: String }';
const resolvers = {
  Query: {
    slow: () => {
      for (const from = process.cpuUsage().user; process.cpuUsage().user - from < 50_000; );
      return 'slow';
    },
    broken: () => {
      throw new TypeError('broken');
    },
  },
};

const servers = {
  async apollo(load) {
    const { ApolloServer } = await load('@apollo/server');
    const { startStandaloneServer } = await load('@apollo/server/standalone');
    const server = new ApolloServer({ typeDefs, resolvers, includeStacktraceInErrorResponses: false });
    const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
    return { url, close: () => server.stop() };
  },
  async yoga(load) {
    const { createYoga, createSchema } = await load('graphql-yoga');
    const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false });
    const server = require('node:http').createServer(yoga);
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    return { url: `http://127.0.0.1:${server.address().port}/`, close };
  },
  async mercurius(load) {
    const fastify = await load('fastify');
    const mercurius = await load('mercurius');
    // As it is imported in each of the ways that there are.
    for (const one of [mercurius.default, mercurius.mercurius])
      if (one !== (mercurius.default ?? mercurius)) throw new Error('another plugin');
    const app = (fastify.default ?? fastify)();
    app.register(mercurius.default ?? mercurius, { schema: typeDefs, resolvers });
    const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/`;
    return { url, close: () => app.close() };
  },
};

exports.run = async (load, names) => {
  for (const name of names) {
    const { url, close } = await servers[name](load);
    for (const field of ['slow', 'broken']) {
      const body = JSON.stringify({ query: `query Client { x: ${field} }` });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}graphql`, { method: 'POST', headers, body });
      console.log((await answer.json()).data.x);
    }
    await close();
  }
};

if (require.main === module) void exports.run(require, process.argv.slice(2));
