import { createSocket } from 'node:dgram';
import { createLiveServer } from 'routemeter-live';

// Started with --expose-gc. A live server whose series never come twice; tells its memory after each part.
const [PARTS = 0, SECONDS = 0, MAX_SERIES = 0] = process.argv.slice(2).map(Number);
const RETENTION = 10;
/** New series a second, over the cap each second. */
const RATE = 2_000;

const live = await createLiveServer({ port: 0, statsdPort: 0, maxSeries: MAX_SERIES, retention: RETENTION });
const socket = createSocket('udp4');
let sent = 0;
let asked = 0;

function send(count) {
  for (let i = 0; i < count; i += 10) {
    const lines = [];
    for (let line = 0; line < 10; line++, sent++) {
      const route = `/r${sent % 50}/:id`;
      lines.push(
        sent % 2 === 0
          ? `http.server.request:${sent % 100}|d|#http_route:${route},http_method:GET,http_status_code:200,user:${sent}`
          : `churn${sent % 20}:1|c|#pod:p${sent}`,
      );
    }
    socket.send(lines.join('\n'), live.statsdPort, '127.0.0.1');
  }
}

async function ask() {
  for (const path of ['/api/routes', '/api/metrics', '/api/stats', '/metrics']) {
    const answer = await fetch(live.url + path);
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    asked++;
  }
}

async function part() {
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end; ) {
    send(RATE / 10);
    if (sent % RATE === 0) await ask();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external } = process.memoryUsage();
  return {
    heap: heapUsed + external,
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== 'TCPSocketWrap').length,
    series: (await live.stats()).series,
  };
}

// Until the retention is full, memory rises as it must.
await part();
const parts = [];
while (parts.length < PARTS) parts.push(await part());
const { samples, rejected, folded, kernelDrops } = await live.stats();
process.stdout.write(JSON.stringify({ sent, asked, parts, samples, rejected, folded, kernelDrops }));
socket.close();
await live.close();
process.exit(0);
