import { connect } from 'node:net';
import { type CountingServer, type Kind, type Reading, startCounting } from '../../sinks/counting-server.ts';

// A StatsD server in a process of its own: it can be stopped, frozen, killed, or stand in another network.
const [, , kind = 'udp', at = '0', reading = 'all', host = '127.0.0.1', only = ''] = process.argv;
const place = /^\d+$/.test(at) ? Number(at) : at;
const server: CountingServer = await startCounting(kind as Kind, place, {
  framed: kind === 'unixstream',
  reading: reading as Reading,
  host,
  only,
});
if (reading === 'deaf') {
  // Nobody accepts: these fill the queue of the kernel, which drops what comes after.
  for (let i = 0; i < 4; i++) connect(server.port, host).on('error', () => {});
}
process.on('message', (what) => {
  if (what === 'hurry') server.hurry();
  process.send?.({ value: server.received() });
});
process.on('disconnect', () => process.exit());
process.send?.({ value: server.port });
