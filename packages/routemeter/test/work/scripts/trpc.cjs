// A server of tRPC that is called once, with a batch of two procedures.
exports.run = async ({ initTRPC }, { createHTTPServer }) => {
  const t = initTRPC.create();
  const router = t.router({ get: t.procedure.query(() => 'got'), list: t.procedure.query(() => []) });
  const server = createHTTPServer({ router });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/get,list?batch=1&input={}`);
  console.log(await answer.text());
  server.closeAllConnections();
  server.close();
};

if (require.main === module)
  void exports.run(require('@trpc/server'), require('@trpc/server/adapters/standalone'));
