// Jobs of 20 names have tasks in a pool of threads, 50 at once beside traffic of HTTP, with errors, retries and tasks that
// are given up; what they used is printed. `ROUNDS` times ten of each name.
const { once } = require('node:events');
const http = require('node:http');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const piscina = createRequire(join(process.argv[2], 'app.cjs'))('piscina');
const { createMeter } = require(process.env.LIBRARY);

const NAMES = Array.from({ length: 20 }, (_, at) => `task-${String.fromCharCode(97 + at)}`);
const ACTS = ['burn', 'fail', 'again', 'late', ...Array(6).fill('quick')];
const AT_ONCE = 50;
const MS = { burn: 12, again: 4, quick: 1 };
const filename = join(__dirname, 'piscina-task.cjs');
const pool = new piscina.Piscina({ filename, maxThreads: 2, concurrentTasksPerWorker: 1 });
const used = {};
const counts = { ok: 0, failed: 0, late: 0 };

async function task(name, ms) {
  const { cpu } = await pool.run({ ms });
  used[name] = (used[name] ?? 0) + cpu;
  counts.ok++;
}

async function job(name, act) {
  if (act === 'late') {
    // Given up before a thread has it.
    const gone = AbortSignal.abort();
    await pool.run({ ms: 1 }, { signal: gone }).catch(() => counts.late++);
    return;
  }
  if (act === 'fail' || act === 'again') await pool.run({ ms: 0, fail: true }).catch(() => counts.failed++);
  if (act !== 'fail') await task(name, MS[act]);
}

const server = http.createServer(async (request, response) => {
  if (request.url === '/thumbnail') await task('/thumbnail', 4);
  response.end();
});

async function main() {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const meter = createMeter();
  // The first tasks of each thread compile what they run: they are nobody's here.
  for (let at = 0; at < 10; at++) await Promise.all([pool.run({ ms: 2 }), pool.run({ ms: 2 })]);
  const jobs = Array.from({ length: Number(process.env.ROUNDS) }, () =>
    ACTS.flatMap((act) => NAMES.map((name) => [name, act])),
  ).flat();
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < jobs.length; at = next++) {
      const [name, act] = jobs[at];
      await meter.work(name, () => job(name, act), { kind: 'job' });
    }
  };
  const traffic = async () => {
    for (let at = 0; at < 40; at++)
      await (await fetch(url + (at % 4 === 0 ? '/thumbnail' : '/quick'))).text();
  };
  await Promise.all([...Array.from({ length: AT_ONCE }, worker), traffic()]);
  await meter.close();
  await pool.destroy();
  server.closeAllConnections();
  server.close();
  console.log(JSON.stringify({ used, counts, jobs: jobs.length }));
}

void main();
