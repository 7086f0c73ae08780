// The same as sender.py, for machines without Python: slower, so that it may be what limits a rate.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const payloads = readFileSync(process.argv[3]).toString().split('\0');
const socket = createSocket('udp4');
await new Promise((resolve) => socket.connect(Number(process.argv[2]), '127.0.0.1', resolve));
for await (const line of createInterface(process.stdin)) {
  const [rate, seconds] = line.split(' ').map(Number);
  const start = performance.now();
  let sent = 0;
  for (;;) {
    const elapsed = (performance.now() - start) / 1000;
    if (elapsed >= seconds) break;
    const due = rate === 0 ? sent + 64 : Math.min(Math.floor(rate * elapsed), sent + 200);
    const waits = [];
    for (; sent < due; sent++) {
      waits.push(new Promise((resolve) => socket.send(payloads[sent % payloads.length], resolve)));
    }
    await Promise.all(waits);
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log(sent, (performance.now() - start) / 1000);
}
