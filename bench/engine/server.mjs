// The app under load, with the engine around each request and nothing else of the library.
import http from 'node:http';
import express from 'express';

const variant = JSON.parse(process.argv[2]);
if (variant.engine) await install(variant);

const app = express();
app.disable('x-powered-by');
app.get('/hello', (_req, res) => res.json({ hello: 'world' }));
app.get('/awaits', async (_req, res) => {
  for (let i = 0; i < 24; i++) await step(i);
  res.json({ hello: 'world' });
});
const step = async (i) => i;

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

let before;
process.on('message', (message) => {
  if (message === 'start') before = process.cpuUsage();
  const { user, system } = process.cpuUsage(before);
  process.send({ cpuUs: user + system });
});

async function install({ module, fraction, keepOn }) {
  const { engine, CpuSampler, Work } = await import(module);
  const loop = engine();
  const sampler = new CpuSampler(fraction);
  const WORK = Symbol('work');
  const { emit } = http.Server.prototype;
  function closed() {
    loop.close(this[WORK]);
  }
  http.Server.prototype.emit = function (event, req, res) {
    // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
    if (event !== 'request') return emit.apply(this, arguments);
    const work = new Work('request', null);
    res[WORK] = work;
    res.on('close', closed);
    loop.open(work, sampler.next());
    loop.adopt(work, req, res);
    try {
      return loop.run(work, emit, this, event, req, res);
    } finally {
      if (!res.writableEnded) loop.hold(work);
    }
  };
  if (keepOn) {
    // A request that never ends keeps the hook on.
    const forever = new Work('request', null);
    loop.open(forever, true);
    loop.hold(forever);
  }
}
