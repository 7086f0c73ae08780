import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { createMeter } from '../../../src/index.ts';

// What an application meets at its edges, by name.
const [, , what] = process.argv;

if (what === 'stderr') {
  // The parent has closed its end of our stderr.
  await sleep(100);
  const meter = createMeter({ url: 'null:' });
  meter.count('c', Number.NaN);
  meter.count('d', Number.NaN);
  await sleep(100);
  const { dropped } = meter.stats();
  process.stdout.write(JSON.stringify({ dropped }));
} else {
  const agent = createSocket('udp4');
  agent.bind(0, '127.0.0.1');
  await once(agent, 'listening');
  const meter = createMeter({ url: `udp://127.0.0.1:${agent.address().port}`, flushMs: 60_000 });
  const server = http.createServer((_, response) => {
    response.writeHead(200);
    response.write('first');
    meter.count('inside');
    // Behind the meter's own listener, which came with its first sample.
    process.on('exit', () => {
      const { samples, handed, waiting, dropped } = meter.stats();
      process.stdout.write(JSON.stringify({ samples, handed, waiting, dropped }));
    });
    meter.time('exit', () => process.exit(7));
  });
  httpMeter(server, { meter });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  http.get({ port: (server.address() as AddressInfo).port }).on('error', () => {});
}
