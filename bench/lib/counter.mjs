import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A UDP server that counts what arrives. */
export async function startCounter() {
  const socket = createSocket('udp4');
  let packets = 0;
  let bytes = 0;
  socket.on('message', (message) => {
    packets++;
    bytes += message.length;
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 * 1024 * 1024);
  return {
    url: `udp://127.0.0.1:${socket.address().port}`,
    take() {
      const counts = { packets, bytes };
      packets = 0;
      bytes = 0;
      return counts;
    },
    close: () => socket.close(),
  };
}
