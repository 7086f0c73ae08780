// A fleet of 1000 hosts with 50 routes each, from what one host really sends.
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { firstMessage, stopChild } from '../lib/child.mjs';
import { spawnPinned } from '../lib/cores.mjs';
import { startCounter } from '../lib/counter.mjs';
import { rival } from '../lib/rivals.mjs';
import { seriesOf } from './series.mjs';

const TRAFFIC = fileURLToPath(new URL('./traffic.cjs', import.meta.url));
const HOSTS = 1000;
const SECONDS = 10;
const PER_SECOND = 100;
const SUBJECTS = [
  { name: 'Routemeter, wall' },
  { name: 'Routemeter, exact CPU' },
  { name: 'express-hot-shots', rival: 'express-hot-shots' },
  { name: 'connect-datadog', rival: 'connect-datadog' },
];

/** @returns `{ hosts, perSecond, subjects: { name: numbers of the whole fleet }, missing }` */
export async function measureHosts({ node, log, seconds = SECONDS, perSecond = PER_SECOND, only }) {
  const subjects = {};
  const missing = {};
  for (const { name, rival: wanted } of SUBJECTS) {
    if (only && !only.includes(name)) continue;
    log(`hosts: ${name}`);
    const { folder = '', missing: why } = wanted ? await rival(wanted) : {};
    if (why !== undefined) missing[name] = why;
    else subjects[name] = fleetOf(await captured({ node, name, folder, seconds, perSecond }), seconds);
  }
  return { hosts: HOSTS, routes: 50, perSecond, seconds, subjects, missing };
}

async function captured({ node, name, folder, seconds, perSecond }) {
  const counter = await startCounter();
  counter.keep(true);
  const args = [TRAFFIC, name, folder, counter.port, seconds, perSecond].map(String);
  const child = spawnPinned(node.path, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    const { sent } = await firstMessage(child);
    if (sent !== seconds * perSecond) throw new Error(`${name}: ${sent} requests were sent`);
    await wait(100);
    return { ...counter.take(), ...seriesOf(counter.text()) };
  } finally {
    await stopChild(child);
    counter.close();
  }
}

function fleetOf({ packets, bytes, series, customMetrics }, seconds) {
  return {
    packetsPerSecond: (packets / seconds) * HOSTS,
    bytesPerSecond: (bytes / seconds) * HOSTS,
    seriesPerAgent: series,
    series: series * HOSTS,
    customMetrics: customMetrics * HOSTS,
  };
}
