import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { createMeter, type Meter } from '../../../src/index.ts';

// One fault of the way to the agent, by name, in a process of its own; answers with what was seen.
const [, , fault = ''] = process.argv;
const NAME = 'agent.invalid';
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

class Agent {
  received = 0;
  port = 0;
  private socket: Socket | null = null;

  async start(): Promise<void> {
    const socket = createSocket('udp4');
    socket.on('message', (bytes) => {
      this.received += bytes.toString().match(/:\d/g)?.length ?? 0;
    });
    socket.bind(this.port, '127.0.0.1');
    await once(socket, 'listening');
    this.port = socket.address().port;
    this.socket = socket;
  }

  async stop(): Promise<void> {
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.close();
    await once(socket, 'close');
  }
}

const agent = new Agent();
await agent.start();

async function serve(meter: Meter): Promise<() => Promise<string>> {
  const server = httpMeter(
    http.createServer((request, response) => response.end(`fine ${request.url}`)),
    { meter, route: () => '/' },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  const keep = new http.Agent({ keepAlive: true });
  return () =>
    new Promise((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', path: '/x', agent: keep }, (response) => {
          let text = '';
          response.on('data', (bytes) => {
            text += bytes;
          });
          response.on('end', () => resolve(text));
        })
        .on('error', reject);
    });
}

/** Requests and samples until something arrives at the agent, or too many. */
async function untilReceived(meter: Meter, ask: () => Promise<string>): Promise<boolean> {
  const before = agent.received;
  for (let turn = 0; turn < 400 && agent.received === before; turn++) {
    await ask();
    meter.timing('t', 1);
    await meter.flush();
    await sleep(10);
  }
  return agent.received > before;
}

interface Found {
  answers: string[];
  recovered: boolean;
}

async function during(meter: Meter, ask: () => Promise<string>, times = 30): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < times; i++) {
    answers.push(await ask());
    for (let sample = 0; sample < 300; sample++) meter.timing('t', sample);
    if (i % 10 === 9) await meter.flush();
  }
  return answers;
}

const FAULTS: Record<string, () => Promise<Found & { meter: Meter }>> = {
  async absent() {
    await agent.stop();
    const meter = createMeter({ url: `udp://127.0.0.1:${agent.port}`, flushMs: 20 });
    const ask = await serve(meter);
    const answers = await during(meter, ask);
    await agent.start();
    return { meter, answers, recovered: await untilReceived(meter, ask) };
  },
  async restarting() {
    const meter = createMeter({ url: `udp://127.0.0.1:${agent.port}`, flushMs: 20 });
    const ask = await serve(meter);
    const answers: string[] = [];
    for (let i = 0; i < 3; i++) {
      answers.push(...(await during(meter, ask, 5)));
      await agent.stop();
      answers.push(...(await during(meter, ask, 5)));
      await agent.start();
    }
    return { meter, answers, recovered: await untilReceived(meter, ask) };
  },
  async 'too long for the network'() {
    const meter = createMeter({ url: `udp://127.0.0.1:${agent.port}`, maxPayload: 65_507, flushMs: 20 });
    const ask = await serve(meter);
    const { send } = (await import('node:dgram')).Socket.prototype;
    const sockets = (await import('node:dgram')).Socket.prototype as unknown as { send: unknown };
    sockets.send = (...args: unknown[]) => {
      const error = Object.assign(new Error('send EMSGSIZE'), { code: 'EMSGSIZE' });
      process.nextTick(args.at(-1) as (error: Error) => void, error);
    };
    const answers = await during(meter, ask);
    sockets.send = send;
    return { meter, answers, recovered: await untilReceived(meter, ask) };
  },
  async 'name not found'() {
    return names((callback) => setImmediate(callback, Object.assign(new Error('no'), { code: 'ENOTFOUND' })));
  },
  async 'name not answered'() {
    let waiting: (() => void) | null = null;
    const found = await names(
      (callback) => {
        waiting = () => callback(Object.assign(new Error('late'), { code: 'ETIMEOUT' }));
      },
      () => waiting?.(),
    );
    return found;
  },
  async 'name look-up throws'() {
    return names(() => {
      throw new Error('thrown by the look-up');
    });
  },
  async 'loop blocked'() {
    const meter = createMeter({ url: `udp://127.0.0.1:${agent.port}`, flushMs: 20 });
    const ask = await serve(meter);
    const answers = await during(meter, ask, 5);
    const until = performance.now() + 500;
    while (performance.now() < until) meter.timing('t', 1);
    answers.push(...(await during(meter, ask, 5)));
    return { meter, answers, recovered: await untilReceived(meter, ask) };
  },
  // The first datagram meets a process that can open no socket.
  async 'no file descriptors'() {
    const meter = createMeter({ url: `udp://127.0.0.1:${agent.port}`, flushMs: 20 });
    const ask = await serve(meter);
    await ask();
    const taken: number[] = [];
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'));
    } catch {
      // None is left.
    }
    const answers = await during(meter, ask);
    for (const descriptor of taken) closeSync(descriptor);
    return { meter, answers, recovered: taken.length > 0 && (await untilReceived(meter, ask)) };
  },
};

async function names(fail: (callback: (error: Error) => void) => void, later = () => {}) {
  const { lookup } = dns;
  let isFailing = true;
  const replaced = ((
    host: string,
    options: object,
    callback: (error: Error | null, ...rest: unknown[]) => void,
  ) => {
    if (host !== NAME) lookup(host, options as never, callback as never);
    else if (isFailing) fail(callback);
    else setImmediate(callback, null, '127.0.0.1', 4);
  }) as unknown as typeof lookup;
  dns.lookup = replaced;
  (await import('node:module')).syncBuiltinESMExports();
  const meter = createMeter({ url: `udp://${NAME}:${agent.port}`, flushMs: 20, maxPayload: 256 });
  const ask = await serve(meter);
  const answers = await during(meter, ask);
  isFailing = false;
  later();
  return { meter, answers, recovered: await untilReceived(meter, ask) };
}

if (process.argv[3] === 'inside') {
  const { meter, answers, recovered } = await FAULTS[fault]!();
  await meter.close();
  const { samples, handed, waiting, dropped, unconfirmed } = meter.stats();
  process.stdout.write(
    JSON.stringify({
      answers: [...new Set(answers)],
      recovered,
      samples,
      handed,
      waiting,
      dropped,
      unconfirmed,
      received: agent.received,
    }),
  );
  await agent.stop();
  process.exit();
} else {
  // A shell sets the limit of descriptors, which Node has no call for.
  const { stdout, stderr, status } = spawnSync(
    'sh',
    [
      '-c',
      'ulimit -n 256; exec "$0" "$@"',
      process.execPath,
      '--no-warnings',
      process.argv[1]!,
      fault,
      'inside',
    ],
    { encoding: 'utf8', timeout: 25_000, killSignal: 'SIGKILL' },
  );
  process.stdout.write(JSON.stringify({ ...JSON.parse(stdout || '{}'), stderr, status }));
  process.exit();
}
