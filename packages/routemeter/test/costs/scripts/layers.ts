// Puts the library's line into an app, and prints how many layers more it has and which functions of its
// framework are others. Argument: `FRAMEWORK on`, `off`, `mixed` for one app of each, or `elsewhere` for one that
// is off beside one of another copy of the library.
import http from 'node:http';
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);
const [name, how] = process.argv[2]!.split(' ') as [string, string];
const { createMeter } = await import('../../../src/index.ts');
const meters = (how === 'mixed' ? [true, false] : how === 'wrapped' ? [false, true] : [how === 'on']).map(
  (enabled) => createMeter({ enabled }),
);

type Layers = { layers: number; changed?: string[]; isNext?: boolean };
type Functions = Record<string, unknown>;

function changedIn(objects: Record<string, object>): () => string[] {
  const look = () =>
    Object.entries(objects).flatMap(([prefix, object]) =>
      Reflect.ownKeys(object).map(
        (key) => [`${prefix}.${String(key)}`, (object as Functions)[key as string]] as const,
      ),
    );
  const before = new Map(look());
  return () => look().flatMap(([key, value]) => (before.get(key) === value ? [] : [key]));
}

/** Whether a middleware hands on what `next` gives, and does nothing else that can be seen. */
function isNext(middleware: (context: object, next: () => Promise<never>) => unknown): boolean {
  const answer = new Promise<never>(() => {});
  return middleware({}, () => answer) === answer;
}

async function express(): Promise<Layers> {
  const make = load(name);
  const sample = make.Router();
  sample.use(() => {});
  const layer = Object.getPrototypeOf(sample.stack[0]);
  let router = Object.getPrototypeOf(sample);
  while (!Object.hasOwn(router, 'handle')) router = Object.getPrototypeOf(router);
  const changed = changedIn({ router, layer });
  if (how === 'elsewhere') Object.assign(globalThis, { [Symbol.for('routemeter.v1.express.used')]: true });
  const { expressMeter } = await import('../../../src/frameworks/express.ts');
  if (how === 'wrapped') {
    const { use } = router;
    router.use = function (...args: unknown[]) {
      return use.apply(this, args);
    };
  }
  let layers = 0;
  for (const meter of meters) {
    const bare = make();
    const app = make();
    for (const one of [bare, app]) one.use(function first() {});
    const stack = (one: { router?: unknown; _router?: unknown }) =>
      ((one._router ?? one.router) as { stack: unknown[] }).stack.length;
    app.use(expressMeter(meter));
    layers = stack(app) - stack(bare);
    app.use(['/a', '/b'], () => {});
  }
  return { layers, changed: changed() };
}

async function fastify(): Promise<Layers> {
  const { fastifyMeter } = await import('../../../src/frameworks/fastify.ts');
  const app = load(name)();
  let layers = 0;
  const addHook = app.addHook;
  app.addHook = function (...args: unknown[]) {
    layers++;
    return addHook.apply(this, args);
  };
  const changed = changedIn({ server: app.server });
  await app.register(fastifyMeter, { meter: meters[0] });
  const found = changed().filter((key) => key === 'server.emit');
  await app.close();
  return { layers, changed: found };
}

async function bare(): Promise<Layers> {
  const { httpMeter } = await import('../../../src/frameworks/http.ts');
  const server = http.createServer();
  const changed = changedIn({ server });
  httpMeter(server, { meter: meters[0]! });
  return { layers: 0, changed: changed() };
}

async function koa(): Promise<Layers> {
  const { koaMeter } = await import('../../../src/frameworks/koa.ts');
  const middleware = koaMeter(meters[0]);
  const Koa = load(name);
  const app = new Koa();
  app.use(middleware);
  // The context of a real request would be needed where it is on.
  return { layers: app.middleware.length, isNext: how === 'off' && isNext(middleware) };
}

async function hono(): Promise<Layers> {
  const { honoMeter } = await import('../../../src/frameworks/hono.ts');
  const middleware = honoMeter(meters[0]);
  const { Hono } = await import('hono');
  const app = new Hono();
  app.use(middleware as never);
  return { layers: app.routes.length, isNext: isNext(middleware) };
}

const found = name.startsWith('express')
  ? express
  : ({ fastify5: fastify, http: bare, koa3: koa, hono4: hono } as Record<string, () => Promise<Layers>>)[
      name
    ]!;
const answer = await found();
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit());
