// A server whose routes and jobs have tasks burn in a pool of threads, found in a folder; `UNITS` is a file of the build, for the one line.
const { once } = require('node:events');
const http = require('node:http');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const piscina = createRequire(join(process.argv[2], 'app.cjs'))('piscina');
if (process.env.UNITS) require(process.env.UNITS).units(piscina);
const { createMeter } = require(process.env.LIBRARY);

const concurrentTasksPerWorker = Number(process.env.AT_ONCE ?? 1);
const pool = new piscina.Piscina({
  filename: join(__dirname, 'piscina-task.cjs'),
  maxThreads: 2,
  concurrentTasksPerWorker,
});
const used = {};
const burn = async (name, ms) => {
  const { cpu, threads } = await pool.run({ ms });
  if (!threads) throw new Error('not in a thread');
  used[name] = (used[name] ?? 0) + cpu;
};

const ROUNDS = 3;
const WARM = 10;
const ROUTES = { '/slow': 40, '/short': 10 };
const server = http.createServer(async (request, response) => {
  const ms = ROUTES[request.url];
  if (ms !== undefined) await burn(request.url, ms);
  if (request.url === '/late') void burn('/late', 40);
  if (request.url === '/failing') await pool.run({ ms: 0, fail: true }).catch(() => {});
  response.end();
});

if (process.env.HTTP) require(process.env.HTTP).httpMeter(server, { route: ({ url }) => url });

async function main() {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const meter = createMeter();
  const get = async (path) => (await fetch(url + path)).text();
  // The first tasks of each thread compile what they run: they are nobody's here.
  for (let at = 0; at < WARM; at++) await Promise.all([pool.run({ ms: 2 }), pool.run({ ms: 2 })]);
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all([
      ...Array.from({ length: 4 }, () => get('/slow')),
      ...Array.from({ length: 8 }, () => get('/short')),
      ...Array.from({ length: 8 }, () => get('/quick')),
      get('/failing'),
      get('/late'),
      meter.work('resize', () => burn('resize', 40), { kind: 'job' }),
      // What is shared would be told of those that nobody asked for, too.
      concurrentTasksPerWorker === 1 && burn('nobody', 15),
    ]);
  }
  while (pool.completed < 2 * WARM + ROUNDS * (concurrentTasksPerWorker === 1 ? 16 : 15))
    await new Promise((later) => setTimeout(later, 20));
  await meter.close();
  await pool.destroy();
  server.closeAllConnections();
  server.close();
  console.log(JSON.stringify(used));
}

void main();
