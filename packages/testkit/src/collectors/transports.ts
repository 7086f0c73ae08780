import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Nobody answers a datagram: one after the other, so that no receive buffer has to hold them all. */
const PAUSE_MS = 5;

export async function sendUdp(port: number, payloads: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const payload of payloads) {
    await new Promise<void>((done, fail) => {
      socket.send(payload, port, '127.0.0.1', (error) => (error === null ? done() : fail(error)));
    });
    await sleep(PAUSE_MS);
  }
  socket.close();
}

/** Node has no Unix datagrams of its own. */
const UNIX_DATAGRAMS = `
import socket, sys, time
client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for line in sys.argv[2:]:
    client.sendto(line.encode(), sys.argv[1])
    time.sleep(0.005)
`;

/** Sends lines over a stream, each ended by a newline. */
export async function sendStream(to: number | string, lines: readonly string[]): Promise<void> {
  const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to);
  await once(socket, 'connect');
  socket.write(lines.map((line) => `${line}\n`).join(''));
  await sleep(100);
  socket.end();
  socket.resume();
  await once(socket, 'close');
}

export async function sendUnixDatagrams(path: string, lines: readonly string[]): Promise<void> {
  await promisify(execFile)('python3', ['-c', UNIX_DATAGRAMS, path, ...lines]);
}
