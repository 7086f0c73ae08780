import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A UDP server that counts what arrives and, while it is told to, keeps it. */
export async function startCounter() {
  const socket = createSocket('udp4');
  let packets = 0;
  let bytes = 0;
  let kept = null;
  socket.on('message', (message) => {
    packets++;
    bytes += message.length;
    kept?.push(message);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 * 1024 * 1024);
  const { port } = socket.address();
  return {
    port,
    url: `udp://127.0.0.1:${port}`,
    take() {
      const counts = { packets, bytes };
      packets = 0;
      bytes = 0;
      return counts;
    },
    keep(wanted) {
      kept = wanted ? [] : null;
    },
    text: () => (kept ?? []).join('\n'),
    close: () => socket.close(),
  };
}
