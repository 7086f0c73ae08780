import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Work } from '../../../src/attribution/work.ts';
import type { Figures } from '../suite/case.ts';
import { units } from '../suite/promises.ts';
import { Rig } from '../suite/rig.ts';

// An application with a tracer, loaded before or after the engine. Arguments: the folder that the
// tracers are installed in, which one, and the order.
const [folder, tool, order] = process.argv.slice(2) as [string, string, string];
const require = createRequire(join(folder, 'index.js'));

/** Each starts a tracer and returns what tells the span that the calling code belongs to. */
const TOOLS: Record<string, () => () => string | undefined> = {
  'dd-trace'() {
    const tracer = require('dd-trace');
    tracer.init({ startupLogs: false });
    return () => tracer.scope().active()?.context().toSpanId();
  },
  opentelemetry() {
    const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
    const { registerInstrumentations } = require('@opentelemetry/instrumentation');
    const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
    const { trace } = require('@opentelemetry/api');
    const tracerProvider = new NodeTracerProvider();
    tracerProvider.register();
    registerInstrumentations({ instrumentations: [new HttpInstrumentation()], tracerProvider });
    return () => trace.getActiveSpan()?.spanContext().spanId;
  },
  sentry() {
    const sentry = require('@sentry/node');
    sentry.init({ dsn: 'http://key@127.0.0.1:9/1', tracesSampleRate: 1 });
    return () => sentry.getActiveSpan()?.spanContext().spanId;
  },
};

let activeSpan: () => string | undefined = () => undefined;
const start = () => {
  activeSpan = TOOLS[tool]?.() ?? activeSpan;
};
if (order === 'before') start();
const rig = new Rig();
// The first exact work installs what the engine installs.
rig.me('first', new Work('request', null)).time('first', () => {});
if (order === 'after') start();

// Loaded late, as an application does, so that the tracer sees it.
const http = require('node:http') as typeof import('node:http');
const own = new AsyncLocalStorage<string>();
const spans = new Set<string | undefined>();
let lost = 0;
const upstream = http.createServer((_req, res) => res.end('up'));
await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done));
const { port } = upstream.address() as import('node:net').AddressInfo;

rig.server.on(
  'request',
  (req: import('node:http').IncomingMessage, res: import('node:http').ServerResponse) => {
    const name = (req.url ?? '').slice(1);
    own.run(name, async () => {
      const span = activeSpan();
      spans.add(span);
      const check = () => {
        if (activeSpan() !== span || own.getStore() !== name) lost++;
      };
      for await (const _chunk of req) rig.burn(name, units(name));
      await sleep(2);
      check();
      rig.burn(name, 1);
      await new Promise<void>((done) => {
        http.get({ host: '127.0.0.1', port }, (answer) => {
          answer.resume();
          answer.on('end', () => {
            check();
            rig.burn(name, 2);
            done();
          });
        });
      });
      check();
      rig.burn(name, units(name));
      res.end(`${name} done`);
    });
  },
);
// Through the prototype, which is where tracers wrap it.
rig.handler = (req, res) => Reflect.apply(http.Server.prototype.emit, rig.server, ['request', req, res]);

await rig.listen();
const names = ['a', 'b', 'c', 'd'];
const answers = await Promise.all(names.map((name) => rig.post(name, ['one', 'two'])));
await rig.settled(...names);
const measured: Figures = {};
for (const [name, { work, late }] of rig.seen) measured[name] = work.cpu + late;
const result = {
  answers,
  spans: spans.size,
  untraced: spans.has(undefined),
  lost,
  measured,
  truth: Object.fromEntries(rig.truth),
};
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
