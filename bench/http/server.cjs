// The app under load: `server.cjs FRAMEWORK SUBJECT FOLDER`. Told by messages what to do.
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Clients } = require('../../packages/testkit/src/clients.cjs');
const { subjectOf } = require('./subjects/list.cjs');

const [framework, name, folder] = process.argv.slice(2);
const load = createRequire(folder ? join(folder, 'package.json') : __filename);
const none = (_name, fn) => fn();

async function main() {
  const subject = subjectOf(name);
  const { plug, timed = none, flush, stats } = await subject.start({ framework, load });
  const server = await require(`./apps/${framework}.cjs`)({ plug, timed });
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  process.send({ port: server.address().port, startMs: performance.now() });

  let before;
  const clients = new Map();
  const tasks = {
    /** Answers so many requests of clients in this process. */
    async serve({ path, amount }) {
      if (!clients.has(path)) clients.set(path, new Clients(server, path));
      await clients.get(path).send(amount);
      return {};
    },
    exit: () => process.exit(),
    async flush() {
      await flush?.();
      return {};
    },
    async start() {
      // What the warm-up left is not to count as packets of the measured requests.
      await flush?.();
      before = process.cpuUsage();
      return {};
    },
    async stop() {
      const { user, system } = process.cpuUsage(before);
      await flush?.();
      const rss = process.memoryUsage.rss();
      globalThis.gc?.();
      const { samples = 0, handed = 0, waiting = 0 } = stats?.() ?? {};
      return {
        cpuUs: user + system,
        rss,
        heap: process.memoryUsage().heapUsed,
        lost: samples - handed - waiting,
      };
    },
  };
  process.on('message', async ({ task, ...how }) => process.send(await tasks[task](how)));
}

main().catch((error) => {
  process.send({ failed: `${error.stack ?? error}` }, () => process.exit(1));
});
