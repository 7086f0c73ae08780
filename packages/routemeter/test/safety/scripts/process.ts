import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { CaptureSink, createMeter } from '../../../src/index.ts';

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
} else if (what === 'open') {
  // One request is answered as the process ends, another still waits.
  const sink = new CaptureSink();
  const meter = createMeter({ sink, cpu: 'off', flushMs: 60_000 });
  const server = http.createServer((request, response) => {
    if (request.url !== '/last') return;
    process.on('exit', () => process.stdout.write(JSON.stringify(sink.lines)));
    response.statusCode = 202;
    response.end('bye');
    process.exit(0);
  });
  httpMeter(server, { meter });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  http.get({ port, path: '/waits' }).on('error', () => {});
  await once(server, 'request');
  http.get({ port, path: '/last' }).on('error', () => {});
} else if (what === 'unheard') {
  const sink = new CaptureSink();
  const meter = createMeter({ sink, cpu: 'off', flushMs: 20 });
  const server = http.createServer((_, response) => response.removeAllListeners('close').end('fine'));
  httpMeter(server, { meter });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/quiet`);
  await answer.text();
  // Flushes begin with the first sample.
  meter.count('first');
  while (sink.lines.length < 2) await sleep(5);
  process.stdout.write(JSON.stringify(sink.lines));
  process.exit(0);
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
