// Turns of the loop in which nothing happens, or one request that is answered at once, without a network:
// `hollow.mjs WITH WHAT WARM COUNTED`. `WITH` is "delays" or "nothing", `WHAT` is "turns" or "requests".
import '../lib/counted.mjs';
import http from 'node:http';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { createMeter } from 'routemeter';
import { httpMeter } from 'routemeter/http';
import { Clients } from '../../packages/testkit/src/clients.cjs';
import { countedPart } from '../lib/counted.mjs';

const [followed, what, warm, counted] = process.argv.slice(2);
// Nothing is sent: what that costs is not the delays'.
const meter = createMeter({
  url: 'null:',
  delay: followed === 'delays',
  breakdown: true,
  cpu: 1,
  flushMs: 600_000,
});
const server = http.createServer((_, response) => response.end('ok'));
httpMeter(server, { meter, route: () => '/hello' });
const clients = new Clients(server, '/hello');
const pass = {
  requests: (amount) => clients.send(amount),
  async turns(amount) {
    for (let turns = 0; turns < amount; turns++) await turn();
  },
}[what];

await countedPart({
  // With the first requests following begins. What is compiled is compiled for what was seen: the loop rests, too.
  async warm() {
    for (let round = 0; round < 3; round++) {
      await clients.send(20);
      await sleep(5);
      await pass(Number(warm) / 3);
    }
  },
  counted: () => pass(Number(counted)),
});
