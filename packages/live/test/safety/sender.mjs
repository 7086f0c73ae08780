// node sender.mjs PORT PACKETS PER_MS: sends datagrams of 25 lines at an even pace, from a process of its own.
import { createSocket } from 'node:dgram';
import { setTimeout } from 'node:timers/promises';

const [port, packets, perMs] = process.argv.slice(2).map(Number);
const packet = Buffer.from(Array.from({ length: 25 }, (_, i) => `load:${i}|d|#i:${i}`).join('\n'));
const socket = createSocket('udp4');
socket.connect(port, '127.0.0.1');
await new Promise((resolve) => socket.once('connect', resolve));
const began = performance.now();
for (let sent = 0; sent < packets; ) {
  const due = Math.min(packets, Math.ceil((performance.now() - began) * perMs));
  // What a busy machine made late does not come all at once.
  for (const burst = Math.min(due, sent + 50); sent < burst; sent++) {
    await new Promise((resolve) => socket.send(packet, resolve));
  }
  await setTimeout(1);
}
socket.close();
