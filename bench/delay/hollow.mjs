// Turns of the loop in which nothing happens, and requests that are answered at once, one in each turn, without a network:
// `hollow.mjs WITH`, which is "delays", "nothing" or "none", without a meter. For `countParts`.
import '../lib/counted.mjs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMeter } from 'routemeter';
import { httpMeter } from 'routemeter/http';
import { Clients } from '../../packages/testkit/src/clients.cjs';
import { countedParts } from '../lib/counted.mjs';
import { PARTS, ROUNDS } from './parts.mjs';

const [followed] = process.argv.slice(2);
const server = http.createServer((_, response) => response.end('ok'));
if (followed !== 'none') {
  // Nothing is sent: what that costs is not the delays'.
  const meter = createMeter({
    url: 'null:',
    delay: followed === 'delays',
    breakdown: true,
    cpu: 1,
    flushMs: 600_000,
  });
  httpMeter(server, { meter, route: () => '/hello' });
}
const clients = new Clients(server, '/hello');

const run = {
  requests: (amount) => clients.send(amount),
  turns(amount) {
    return new Promise((done) => {
      const again = () => (amount-- > 0 ? setImmediate(again) : done());
      setImmediate(again);
    });
  },
};

await countedParts(
  // With the first requests following begins. What is compiled is compiled for what was seen: the loop rests, too.
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await run.requests(100);
      await sleep(2);
      await run.turns(200);
    }
    // The hook of the first requests goes off when nothing has needed it for a while.
    await sleep(500);
  },
  PARTS.map(
    ({ what, amount }) =>
      () =>
        run[what](amount),
  ),
);
