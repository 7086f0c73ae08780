import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A StatsD server that keeps the text of what it is sent. */
export interface StatsdServer {
  url: string;
  port: number;
  text(): string;
  lines(): string[];
  /** Values by metric name: packed ones count one by one. */
  samples(): Record<string, number>;
  close(): void;
}

export async function startStatsd(): Promise<StatsdServer> {
  const socket = createSocket('udp4');
  let text = '';
  socket.on('message', (message) => {
    text += `${message}\n`;
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  const lines = () => text.split('\n').filter((line) => line !== '');
  return {
    url: `udp://127.0.0.1:${port}`,
    port,
    text: () => text,
    lines,
    samples() {
      const counts: Record<string, number> = {};
      for (const line of lines()) {
        const [name = '', ...values] = line.split('|', 1)[0]!.split(':');
        counts[name] = (counts[name] ?? 0) + values.length;
      }
      return counts;
    },
    close: () => socket.close(),
  };
}
