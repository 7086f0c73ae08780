import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { httpMeter } from '../../src/frameworks/http.ts';
import { createMeter } from '../../src/index.ts';

const script = await bundle(new URL('./scripts/process.ts', import.meta.url), 'safety-process');
afterEach(() => void vi.useRealTimers());

async function start(what: string, closesStderr: boolean): Promise<{ code: number | null; found: unknown }> {
  const child = spawn(process.execPath, ['--no-warnings', script, what], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (closesStderr) child.stderr.destroy();
  else child.stderr.resume();
  let text = '';
  child.stdout.on('data', (bytes) => {
    text += bytes;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, found: text === '' ? null : JSON.parse(text) };
}

it('a warning to a stderr that nobody reads any more does not end the process', async () => {
  expect(await start('stderr', true)).toEqual({ code: 0, found: { dropped: { invalid: 2 } } });
});

it('process.exit() in the middle of a request keeps its code, and what was recorded is handed over', async () => {
  const { code, found } = await start('exit', false);
  expect(code).toBe(7);
  // What the handler counted, and the request that it cut off: wall time and CPU.
  expect(found).toEqual({ samples: 3, handed: 3, waiting: 0, dropped: {} });
});

it('requests that are open at the end of the process are recorded: answered or cut off', async () => {
  const { found } = await start('open', false);
  const lines = (found as string[]).map((line) => line.replace(/:[\d.]+\|/, '|')).sort();
  expect(lines).toEqual([
    'http.server.request|d|#aborted:true,http_route:/waits,http_method:GET,http_status_code:499',
    'http.server.request|d|#http_route:/last,http_method:GET,http_status_code:202',
  ]);
});

it('a response whose listeners the application took off is recorded with the next flush', async () => {
  const { found } = await start('unheard', false);
  const lines = (found as string[]).map((line) => line.replace(/:[\d.]+\|/, '|')).sort();
  expect(lines).toEqual([
    'first|c',
    'http.server.request|d|#http_route:/quiet,http_method:GET,http_status_code:200',
  ]);
});

it('a clock of a test runner neither stops the meter nor finds a timer of ours', async () => {
  const agent = createSocket('udp4');
  agent.bind(0, '127.0.0.1');
  await once(agent, 'listening');
  vi.useFakeTimers();
  const meter = createMeter({ url: `udp://127.0.0.1:${agent.address().port}`, flushMs: 5 });
  const server = httpMeter(
    http.createServer((_, response) => {
      meter.count('inside');
      response.end('fine');
    }),
    { meter },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const before = vi.getTimerCount();
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  let answer = '';
  client.on('data', (bytes) => {
    answer += bytes;
  });
  await Promise.all([once(client, 'close'), once(agent, 'message')]);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(vi.getTimerCount()).toBe(before);
  vi.runAllTimers();
  meter.count('later');
  await once(agent, 'message');
  vi.useRealTimers();
  meter.count('after');
  await meter.flush();
  await meter.close();
  const { samples, handed } = meter.stats();
  expect(handed).toBe(samples);
  server.close();
  agent.close();
});
