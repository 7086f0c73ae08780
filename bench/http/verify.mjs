import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { ask } from '../lib/child.mjs';

const WITHIN_MS = 8_000;

/**
 * Makes one request and waits until the subject has reported it: nobody is compared with something that
 * does nothing.
 *
 * @throws Error where it has not after eight seconds.
 */
export async function verify(subject, { child, port, sinks }) {
  sinks.keep(true);
  try {
    await fetched(port, '/users/42');
    await ask(child, 'flush');
    const scrape = (path) => fetched(port, path);
    for (let waited = 0; waited < WITHIN_MS; waited += 100) {
      await sinks.settled();
      const seen = { udp: sinks.counter.text(), agent: sinks.agent.text(), scrape };
      if (await subject.reports(seen)) return;
      await wait(100);
    }
    throw new Error(`${subject.name} did not report the one request that it was sent`);
  } finally {
    sinks.keep(false);
  }
}

/** Without a connection that stays open. */
function fetched(port, path) {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      text(response).then(resolve, reject);
    }).on('error', reject);
  });
}
