import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { spawnPinned } from '../lib/cores.mjs';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));

/** One subject in a fresh process: warm-up, then the measured requests. */
export async function measure(subject, { node, counter, warmup, requests, connections }) {
  const child = spawnPinned(node, [...execArgv(subject), SERVER, JSON.stringify(subject)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      ROUTEMETER_URL: counter.url,
      ROUTEMETER_CPU: subject.cpu ?? 'off',
    },
  });
  try {
    const [{ port }] = await once(child, 'message');
    const url = `http://127.0.0.1:${port}/users/42`;
    await autocannon({ url, connections, amount: warmup });
    await ask(child, 'start');
    await settled(counter);
    counter.take();
    const load = await autocannon({ url, connections, amount: requests });
    const { cpuUs, rss, stats } = await ask(child, 'stop');
    await settled(counter);
    const { packets, bytes } = counter.take();
    const answered = load['2xx'];
    if (answered !== requests) throw new Error(`${subject.name}: ${answered} of ${requests} were answered`);
    return {
      cpuUs: cpuUs / requests,
      rssMb: rss / 2 ** 20,
      packets: (packets / requests) * 1000,
      bytes: bytes / requests,
      lost: stats ? stats.samples - stats.handed - stats.waiting : 0,
    };
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

/** What was handed to the kernel on this machine arrives within a moment. */
const settled = () => wait(50);

function execArgv({ preload }) {
  return preload ? ['--import', 'routemeter/register'] : [];
}
