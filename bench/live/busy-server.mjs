// The live server under traffic of so many routes: `busy-server.mjs ROUTES FOLDER`, the folder that of the package.
// Prints its address as JSON.
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROUTES = Number(process.argv[2]);
const { createLiveServer } = await import(pathToFileURL(join(process.argv[3], 'dist/index.mjs')));
const EVERY_MS = 200;
const LINES = 20;

const live = await createLiveServer({ port: 0, statsdPort: 0 });
const socket = createSocket('udp4');
let round = 0;

/** Each route is called five times a second; one call in ten fails. */
function send() {
  round++;
  const lines = [];
  for (let i = 0; i < ROUTES; i++) {
    const tags = `#http_route:/api/v1/resource${i}/:id,http_method:GET`;
    const wall = (((i + round) * 7919) % 10_000) / 100 + 1;
    const status = (i + round) % 10 === 0 ? 500 : 200;
    lines.push(`shop.http.server.request:${wall}|d|${tags},http_status_code:${status}`);
    lines.push(`shop.http.server.request.cpu:${wall / 3}|d|${tags}`);
  }
  for (let from = 0; from < lines.length; from += LINES) {
    socket.send(lines.slice(from, from + LINES).join('\n'), live.statsdPort, '127.0.0.1');
  }
}
send();
setInterval(send, EVERY_MS);
console.log(JSON.stringify({ url: live.url }));
