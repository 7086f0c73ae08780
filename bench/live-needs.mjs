// What the live server needs as a collector: memory and CPU with a number of series that all get a sample a
// second, while it writes to an engine.
//
//     npm run build && node bench/live-needs.mjs [--series 5000] [--seconds 60] [--page]
//
// --page: a page over an hour is open as well.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseNode } from './lib/node.mjs';

const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
    page: { type: 'boolean', default: false },
  },
});
const [series, seconds] = [Number(values.series), Number(values.seconds)];
const LINES = 12;
const node = chooseNode();

let written = 0;
const engine = createServer((req, res) => {
  req.on('data', (chunk) => {
    written += chunk.length;
  });
  req.on('end', () => res.writeHead(204).end());
}).listen(0, '127.0.0.1');
await once(engine, 'listening');
const target = `http://127.0.0.1:${engine.address().port}/api/v1/write`;
const cli = fileURLToPath(new URL('../packages/live/dist/cli.mjs', import.meta.url));
const ports = ['--port', '0', '--statsd-port', '0', '--no-open'];
const write = ['--write', target, '--write-histograms', 'vmrange', '--max-series', String(series)];
const child = spawn(node.path, [cli, ...ports, ...write], { stdio: ['ignore', 'pipe', 'inherit'] });
const [line] = await once(createInterface(child.stdout), 'line');
const [, page, port] = /page (\S+)\s+statsd udp:\/\/[^:]+:(\d+)/.exec(line);
if (values.page)
  fetch(`${page}/api/stream?window=3600`).then(
    async ({ body }) => {
      for await (const _ of body);
    },
    () => {},
  );

const lines = Array.from({ length: series }, (_, i) => {
  const tags = `http_route:/api/resource-${i >> 1}/:id,http_method:GET,http_status_code:${200 + (i & 1)}`;
  return [`shop.http.server.request:`, `|d|#service:shop,${tags}`];
});
const socket = createSocket('udp4');
async function second() {
  const end = performance.now() + 1000;
  for (let at = 0; at < lines.length; at += LINES) {
    const some = lines
      .slice(at, at + LINES)
      .map(([name, rest]) => `${name}${(20 + 200 * Math.random()).toFixed(3)}${rest}`);
    await new Promise((resolve) => socket.send(some.join('\n'), Number(port), '127.0.0.1', resolve));
  }
  await wait(Math.max(0, end - performance.now()));
}

/** Seconds of CPU so far. */
function cpu() {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const rss = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))[1]) / 1024;
const idle = rss();
for (let i = 0; i < 10; i++) await second();
const [began, before] = [performance.now(), cpu()];
let most = 0;
for (let i = 0; i < seconds; i++) {
  await second();
  most = Math.max(most, rss());
}
const share = (cpu() - before) / ((performance.now() - began) / 1000);
const stats = await (await fetch(`${page}/api/stats`)).json();
console.log(
  `Node ${node.version}, ${stats.series} series, ${series} samples/s for ${seconds} s${values.page ? ', a page open' : ''}: ` +
    `${(share * 1000).toFixed(0)} millicores, RSS ${idle.toFixed(0)} MB at the start, at most ${most.toFixed(0)} MB; ` +
    `store ${(stats.storeBytes / 1e6).toFixed(0)} MB of at most ${(stats.storeMaxBytes / 1e6).toFixed(0)} MB; ` +
    `${stats.kernelDrops} datagrams lost; ${(written / 1e6).toFixed(1)} MB written`,
);
child.kill();
await once(child, 'exit');
socket.close();
engine.close();
