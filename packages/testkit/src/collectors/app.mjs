// An application with traffic, measured by the built library. What it records beside its requests is known:
// it says on its channel what, and ends when it is asked to.
import { once } from 'node:events';
import express from 'express5';
import { expressMeter } from '../../../routemeter/dist/express.mjs';
import { createMeter } from '../../../routemeter/dist/index.mjs';

const meter = createMeter({ flushMs: 60_000, cpu: 'off', serverTags: true });
const app = express();
app.use(expressMeter(meter));
// No shorter than servers that cut to whole milliseconds can see.
const answer = (_request, response) => setTimeout(() => response.json({}), 3);
app.get('/users/:id', answer);
app.get('/Orders/:orderId/items/*rest', answer);
app.post('/upload', (_request, response) => setTimeout(() => response.status(500).end(), 5));

for (let i = 1; i <= 100; i++) {
  meter.timing('resize', i);
  meter.histogram('size', i, { tags: { format: 'jpeg' } });
  meter.distribution('weight', i);
  meter.count('orders', 2, { tags: { plan: i % 2 === 0 ? 'free' : 'Paid plan' } });
}
meter.count('sampled', 1, { sampleRate: 0.999_999 });
meter.gauge('below', 4);
await meter.flush();
meter.gauge('below', -3);
meter.gauge('above', 7.5);
meter.set('members', 'a');
meter.set('members', 'b');
meter.count('a name|with:all#that,could=break@a;line\n', 5);
meter.count('x'.repeat(10_000), 6, { tags: { long: 'y'.repeat(10_000), 'key with|all:of#it': 'größe' } });

const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send({ port: server.address().port });
await once(process, 'message');
await meter.close();
process.send({ stats: meter.stats() });
server.close();
server.closeAllConnections();
process.disconnect();
