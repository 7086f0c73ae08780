// The app under load. Told by messages: "start" and "stop" bracket what is measured.
import express from 'express';

const subject = JSON.parse(process.argv[2]);
const meter = await meterOf(subject);
const app = express();
app.disable('x-powered-by');
if (subject.middleware) app.use((await import('routemeter/express')).expressMeter(meter));
app.get('/users/:id', (req, res) => res.json({ id: req.params.id }));

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

let before;
process.on('message', async (message) => {
  if (message === 'start') {
    // What the warm-up left is not to count as packets of the measured requests.
    await meter?.flush();
    before = process.cpuUsage();
    process.send({ started: true });
  }
  if (message === 'stop') {
    const { user, system } = process.cpuUsage(before);
    await meter?.flush();
    process.send({ cpuUs: user + system, rss: process.memoryUsage.rss(), stats: meter?.stats() });
  }
});

async function meterOf({ middleware, preload, cpu }) {
  if (!middleware && !preload) return undefined;
  const { createMeter, defaultMeter } = await import('routemeter');
  return middleware ? createMeter({ cpu }) : defaultMeter();
}
