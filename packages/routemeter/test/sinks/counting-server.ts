import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** A server in a thread of its own, which can be killed at any moment without losing its count. */
export interface CountingServer {
  readonly port: number;
  /** Values received: without tags, each stands behind a colon. */
  received(): number;
  /** Bytes or frames that made no sense. */
  broken(): number;
  /** Ends the slowness of one that reads slowly. */
  hurry(): void;
  kill(): Promise<void>;
}

/** `unix`, datagrams, needs the addon, which works in the main thread alone: it counts there. */
export type Kind = 'udp' | 'tcp' | 'unixstream' | 'unix';

/** What a server does with a connection: `deaf` never accepts one, `resets` ends it at once. */
export type Reading = 'all' | 'never' | 'slowly' | 'resets' | 'deaf';

const SCRIPT = `
const { workerData: { kind, at, host, state, framed, reading, only }, parentPort } = require('node:worker_threads');
const COLON = 58;
const count = (bytes) => {
  let found = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === COLON) found++;
  Atomics.add(state, 0, found);
};
if (kind === 'udp') {
  const socket = require('node:dgram').createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  socket.on('message', (bytes) => {
    if (bytes.toString('latin1', 0, only.length) === only) count(bytes);
  });
  socket.bind(at, host, () => parentPort.postMessage(socket.address().port));
} else {
  const pauseOnConnect = reading === 'never';
  const server = require('node:net').createServer({ pauseOnConnect, highWaterMark: 4096 }, (socket) => {
    socket.on('error', () => {});
    if (reading === 'resets') return socket.resetAndDestroy();
    if (pauseOnConnect) return;
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      if (reading === 'slowly' && Atomics.load(state, 2) === 0) {
        socket.pause();
        setTimeout(() => socket.resume(), 5);
      }
      if (!framed) return count(chunk);
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4) {
        const length = rest.readUInt32LE();
        if (length === 0 || length > 65536) { Atomics.add(state, 1, 1); return socket.destroy(); }
        if (rest.length < 4 + length) break;
        count(rest.subarray(4, 4 + length));
        rest = rest.subarray(4 + length);
      }
    });
  });
  if (kind === 'tcp') server.listen({ port: at, host, backlog: reading === 'deaf' ? 1 : 511 }, () => {
    parentPort.postMessage(server.address().port);
    if (reading === 'deaf') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
  else {
    try { require('node:fs').unlinkSync(at); } catch {}
    server.listen(at, () => parentPort.postMessage(0));
  }
}
`;

/**
 * @param at a port (0 for any) or a path.
 * @param only counts datagrams that begin so: who sent to a port until its server was gone sends to whoever gets
 * it next.
 */
export async function startCounting(
  kind: Kind,
  at: number | string,
  {
    framed = false,
    reading = 'all' as Reading,
    host = '127.0.0.1',
    only = '',
    into = new Int32Array(new SharedArrayBuffer(12)),
  } = {},
): Promise<CountingServer> {
  if (kind === 'unix') return countDatagrams(String(at), into);
  const worker = new Worker(SCRIPT, {
    eval: true,
    workerData: { kind, at, host, state: into, framed, reading, only },
  });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    port,
    received: () => Atomics.load(into, 0),
    broken: () => Atomics.load(into, 1),
    hurry: () => void Atomics.store(into, 2, 1),
    kill: async () => {
      await worker.terminate();
    },
  };
}

interface DatagramSocket {
  bind(path: string): void;
  close(): void;
  on(event: 'message', listener: (message: Buffer) => void): void;
}

function countDatagrams(path: string, into: Int32Array<SharedArrayBuffer>): CountingServer {
  const addon = createRequire(import.meta.url)('unix-dgram') as {
    createSocket(type: 'unix_dgram'): DatagramSocket;
  };
  const socket = addon.createSocket('unix_dgram');
  socket.on('message', (bytes) => {
    for (const byte of bytes) if (byte === 58) into[0]!++;
  });
  rmSync(path, { force: true });
  socket.bind(path);
  return {
    port: 0,
    received: () => into[0]!,
    broken: () => 0,
    hurry() {},
    kill: async () => socket.close(),
  };
}

/** Waits until `done`, at most `ms`; what follows asserts why. */
export async function until(done: () => boolean, ms = 60_000): Promise<void> {
  const end = performance.now() + ms;
  while (!done() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}
