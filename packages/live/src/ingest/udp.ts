import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { kernelDrops } from './kernel.ts';
import { otherLoopback } from './loopback.ts';

/** Holds the packets of some hundred milliseconds: with the usual 208 kB, a busy machine loses 3 to 12 %. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/** The UDP sockets of one port: the address asked for, and for a loopback one the other loopback too. */
export class UdpListener {
  readonly port: number;
  readonly #sockets: Socket[];

  private constructor(sockets: Socket[]) {
    this.#sockets = sockets;
    this.port = sockets[0]!.address().port;
  }

  /** Rejects with Node's error when the port is taken. */
  static async open(host: string, port: number, onPayload: (payload: Buffer) => void): Promise<UdpListener> {
    const first = await bind(host, port, onPayload);
    const sockets = [first];
    const twin = otherLoopback(host);
    if (twin !== undefined) {
      // Many a machine has no IPv6 loopback, and another program may hold the port there: IPv4 alone is fine.
      const second = await bind(twin, first.address().port, onPayload).catch(() => undefined);
      if (second !== undefined) sockets.push(second);
    }
    return new UdpListener(sockets);
  }

  get addresses(): { address: string; port: number }[] {
    return this.#sockets.map((socket) => socket.address());
  }

  /** What the system granted, in bytes; the smallest over the sockets. */
  get receiveBuffer(): number {
    return Math.min(...this.#sockets.map((socket) => socket.getRecvBufferSize()));
  }

  drops(): Promise<number | undefined> {
    return kernelDrops(this.addresses);
  }

  /** Waits until what the kernel holds for us was read: a pass of the event loop without a packet. */
  async drain(packets: () => number): Promise<void> {
    for (let before = -1; before !== packets(); ) {
      before = packets();
      for (let i = 0; i < 3; i++) await setImmediate();
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#sockets.map((socket) => {
        const closed = once(socket, 'close');
        socket.close();
        return closed;
      }),
    );
  }
}

async function bind(host: string, port: number, onPayload: (payload: Buffer) => void): Promise<Socket> {
  const isV6 = host.includes(':');
  const socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', ipv6Only: isV6 });
  socket.on('message', onPayload);
  socket.bind({ port, address: host, exclusive: true });
  try {
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw error;
  }
  // An error after binding (a network that goes away) must not end the process.
  socket.on('error', () => {});
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // Some systems refuse instead of granting less; `receiveBuffer` tells what is in force.
  }
  return socket;
}
