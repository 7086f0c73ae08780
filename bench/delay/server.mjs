// The application: cheap requests, some that wait, a burner, and a timer of nobody's. Beside what Routemeter tells it
// keeps the truth: every stretch of the loop with its owner, and when each request was opened.
// Argument: JSON of { https: { key, cert } or null, timerMs }. Prints its port; answers `dump` over IPC.
import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaptureSink, createMeter } from 'routemeter';
import { httpMeter } from 'routemeter/http';

const { tls, timerMs } = JSON.parse(process.argv[2]);
const sink = new CaptureSink();
const meter = createMeter({ sink, delay: true, breakdown: true, flushMs: 500 });

function burn(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** On the clock that all processes of the machine share. */
const clock = () => Number(process.hrtime.bigint()) / 1e6;
const shift = clock() - performance.now();

const opened = [];
const handler = async (req, res) => {
  opened.push(Number(req.headers['x-id']), clock());
  const path = req.url;
  if (path === '/burn') burn(30);
  else if (path === '/wait') await sleep(5);
  else if (path === '/many') for (let i = 0; i < 6; i++) await sleep(1).then(() => burn(0.2));
  res.end('ok');
};
const server = tls === null ? http.createServer(handler) : https.createServer(tls, handler);
server.keepAliveTimeout = 60_000;
httpMeter(server, { meter, route: (req) => req.url });

setInterval(() => burn(timerMs), 50);

// The full log, from what the estimates themselves are made of: who had each stretch.
const stretches = [];
server.on('request', () => {
  const { engine } = AsyncLocalStorage[Symbol.for('routemeter.v1')];
  const { watcher } = engine.ledger;
  if (watcher === null || Object.hasOwn(watcher, 'booked')) return;
  const { booked } = watcher;
  let lost = 0;
  const { lostOf } = watcher;
  watcher.lostOf = function (...given) {
    lost = lostOf.apply(this, given);
    return lost;
  };
  watcher.booked = function (root, took, stalled) {
    lost = 0;
    booked.call(this, root, took, stalled);
    if (took > 0) stretches.push(root, took, engine.ledger.last, lost);
  };
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', async (message) => {
  if (message === 'begin') {
    await meter.flush();
    sink.payloads.length = 0;
    opened.length = stretches.length = 0;
    process.send({ begun: true, at: clock(), idle: performance.nodeTiming.idleTime });
    return;
  }
  await meter.flush();
  const log = [];
  for (let i = 0; i < stretches.length; i += 4) {
    const root = stretches[i];
    const owner = root === null ? 'outside' : root.route || 'pending';
    const end = stretches[i + 2] + shift;
    log.push([owner, end - stretches[i + 1], end, stretches[i + 3] / stretches[i + 1]]);
  }
  process.send(
    {
      lines: sink.lines,
      opened,
      log,
      at: clock(),
      idle: performance.nodeTiming.idleTime,
    },
    () => process.exit(),
  );
});
