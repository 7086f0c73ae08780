// npm run demo [-- --seconds N] [--no-open] [--port N]
// Installs and builds what is missing, runs the example under routemeter-live with traffic, and shows its page.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { routesOf, startDemo, startTraffic } from './lib/demo.mjs';
import { prepareDemo } from './lib/setup.mjs';
import { table, three } from './lib/table.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    port: { type: 'string' },
    'no-open': { type: 'boolean', default: false },
    /** Where what was sent and what was counted is written as JSON. */
    report: { type: 'string' },
  },
});
const seconds = numberOf('seconds');
const port = numberOf('port');

await prepareDemo();

const began = performance.now();
const demo = await startDemo({ port }).catch((error) => {
  console.error(`The demo did not start: ${error.message}`);
  process.exit(1);
});
const traffic = startTraffic(demo.app, { seconds });
console.log(`\nRoutes, live: ${demo.page}\n`);
if (!values['no-open'] && process.stdout.isTTY) await openPage(demo.page);

const interrupted = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
interrupted.then(() => process.once('SIGINT', () => process.exit(130)));
const ended = once(demo.process, 'close').then(([code]) => ({ code }));
const early = await Promise.race([traffic.sent.then(() => null), interrupted.then(() => null), ended]);
if (early !== null) {
  console.error(`The example ended with ${early.code}.`);
  process.exit(1);
}
const sent = await traffic.finish();

const routes = await routesOf(demo.page, (performance.now() - began) / 1000 + 5, sent.sent);
await demo.stop();
if (values.report !== undefined) await writeFile(values.report, JSON.stringify({ sent, routes }));
console.log(`\n${tableOf(routes)}\n`);
console.log(`${sent.sent} requests sent, ${sum(routes)} counted at ${demo.page}`);
if (routes.length === 0) process.exitCode = 1;

function tableOf(routes) {
  return table(
    ['method', 'route', 'rate/s', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU ms', 'errors'],
    routes.map(({ method, route, rate, wall, cpu, errors }) => [
      method,
      route,
      three(rate),
      three(wall.p50),
      three(wall.p95),
      three(wall.p99),
      three(cpu?.mean),
      errors,
    ]),
  );
}

function sum(routes) {
  return routes.reduce((total, { count }) => total + count, 0);
}

async function openPage(url) {
  const { default: open } = await import('open');
  // No browser is no reason to fail: the address stands in the terminal.
  await open(url).catch(() => {});
}

function numberOf(name) {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 65_535) return value;
  console.error(`--${name} takes a number from 0 to 65535, not "${text}"`);
  process.exit(2);
}
