import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { spawnPinned } from '../lib/cores.mjs';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));
const CONNECTIONS = 20;

/**
 * One variant in a fresh process: a warm-up of each route, then several short windows of each in turn.
 * The cheapest window counts: whatever else runs on the machine can only add to it.
 */
export async function measure({ node, engine, variant, routes, requests, windows, counter }) {
  const child = spawnPinned(node, [SERVER, JSON.stringify({ ...variant, module: engine })], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    const [{ port }] = await once(child, 'message');
    const load = async (route, amount) => {
      const url = `http://127.0.0.1:${port}/${route}`;
      const { '2xx': answered } = await autocannon({ url, connections: CONNECTIONS, amount });
      if (answered !== amount) throw new Error(`${variant.name}: ${answered} of ${amount} were answered`);
    };
    for (const route of routes) await load(route, requests * 3);
    const results = Object.fromEntries(routes.map((route) => [route, { cpuUs: [], kiloInstructions: [] }]));
    for (let window = 0; window < windows; window++) {
      for (const route of routes) {
        const stop = counter.start?.(child.pid);
        await ask(child, 'start');
        await load(route, requests);
        const { cpuUs } = await ask(child, 'stop');
        results[route].cpuUs.push(cpuUs / requests);
        if (stop) results[route].kiloInstructions.push((await stop()) / requests / 1000);
      }
    }
    return Object.fromEntries(
      Object.entries(results).map(([route, { cpuUs, kiloInstructions }]) => [
        route,
        { cpuUs: Math.min(...cpuUs), kiloInstructions: Math.min(...kiloInstructions) },
      ]),
    );
  } finally {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }
}

async function ask(child, question) {
  child.send(question);
  const [answer] = await once(child, 'message');
  return answer;
}
