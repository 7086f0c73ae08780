import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { ask, firstMessage, stopChild } from '../lib/child.mjs';
import { spawnPinned } from '../lib/cores.mjs';
import { verify } from './verify.mjs';

const SERVER = fileURLToPath(new URL('./server.cjs', import.meta.url));
/** How often autocannon looks whether all was answered; the requests per second are as exact as this. */
const SAMPLE_MS = 10;
export const PATHS = { hello: '/users/42', awaits: '/awaits/42', blocks: '/blocks/42' };

/**
 * Starts a subject's app in a fresh process; `child` tells its `port` and the ms it took to listen.
 */
export async function startSubject({ subject, framework, folder, node, sinks, flags = [] }) {
  const { counter, agent } = sinks;
  const places = { udp: counter.url, udpPort: counter.port, agent: agent.url };
  const args = [
    ...flags,
    ...(subject.argv?.({ folder }) ?? []),
    SERVER,
    framework,
    subject.name,
    folder ?? '',
  ];
  const child = spawnPinned(node, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...cleanEnvironment(), NODE_ENV: 'production', ...subject.env?.(places) },
  });
  const { port, startMs } = await firstMessage(child);
  return { child, port, startMs };
}

/** Nothing that a developer has set may reach the subjects. */
export function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(ROUTEMETER|DD|OTEL|STATSD|NODE)_/.test(key)),
  );
}

/**
 * One subject in a fresh process: it must first report a request; then, for each handler, a warm-up and the
 * measured requests. `handlers` are `[{ name, warmup, requests }]`.
 */
export async function measure(subject, conditions) {
  const { framework, folder, node, sinks, handlers, connections, instructions } = conditions;
  const started = await startSubject({ subject, framework, folder, node, sinks, flags: ['--expose-gc'] });
  const { child, port } = started;
  try {
    await verify(subject, { child, port, sinks });
    const found = {};
    for (const { name, warmup, requests } of handlers) {
      const url = `http://127.0.0.1:${port}${PATHS[name]}`;
      answered(subject, await loaded(child, { url, connections, amount: warmup }), warmup);
      await ask(child, 'start');
      await sinks.settled();
      sinks.take();
      const counted = instructions?.(child.pid);
      const load = await loaded(child, { url, connections, amount: requests });
      const { cpuUs, rss, heap, lost } = await ask(child, 'stop');
      const executed = await counted?.();
      await sinks.settled();
      const { packets, bytes, posts, posted } = sinks.take();
      answered(subject, load, requests);
      const thousands = requests / 1000;
      found[name] = {
        cpuUs: cpuUs / requests,
        perSecond: requests / load.duration,
        rssMb: rss / 2 ** 20,
        heapMb: heap / 2 ** 20,
        packets: packets / thousands,
        bytes: bytes / thousands,
        posts: posts / thousands,
        posted: posted / thousands,
        lost,
        ...(executed === undefined ? {} : { kiloInstructions: executed / requests / 1000 }),
      };
    }
    return found;
  } finally {
    await stopChild(child);
  }
}

/** Load on a child; ends where the child does, which autocannon by itself would go on asking. */
async function loaded(child, options) {
  const load = autocannon({ ...options, sampleInt: SAMPLE_MS });
  const stop = () => load.stop();
  child.once('close', stop);
  try {
    return await load;
  } finally {
    child.off('close', stop);
  }
}

function answered(subject, load, requests) {
  if (load['2xx'] !== requests)
    throw new Error(`${subject.name}: ${load['2xx']} of ${requests} were answered`);
}
