import type { AddressInfo } from 'node:net';
import * as trpc from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { openStage } from '../../calls/stage.ts';
import { Broken } from '../contract.ts';
import { burn, handledContract } from '../handled.ts';
import { mixedContract } from '../mixed.ts';

const text = (value: unknown): string => String(value);

async function listen(router: trpc.AnyRouter) {
  const server = createHTTPServer({ router });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ask: async (path: string, init: RequestInit = {}) => {
      // A busy machine lets a connection wait for longer than the five seconds after which the server closes it.
      const headers = { connection: 'close', ...(init.headers as Record<string, string>) };
      const answer = await fetch(base + path, { ...init, headers });
      // Stacks name lines that differ with and without us.
      return `${answer.status} ${JSON.stringify(await answer.json(), (key, value) => (key === 'stack' ? '' : value))}`;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

handledContract({
  title: 'tRPC 11',
  modules: [trpc],
  metric: 'rpc.server.call',
  tags: { work_kind: 'rpc', rpc_system: 'trpc' },
  shown: (name) => `jobs.${name}`,
  failed: { outcome: 'error', error: 'Broken' },
  async open(names, handle) {
    const t = trpc.initTRPC.create();
    const procedures = names.map((name) => [
      name,
      t.procedure.input(text).mutation(({ input }) => handle(name, input)),
    ]);
    const { ask, close } = await listen(t.router({ jobs: t.router(Object.fromEntries(procedures)) }));
    const headers = { 'content-type': 'application/json' };
    return {
      call: (name, act) => ask(`/jobs.${name}`, { method: 'POST', headers, body: JSON.stringify(act) }),
      close,
    };
  },
});

mixedContract({
  title: 'tRPC 11, in batches',
  modules: [trpc],
  metric: 'rpc.server.call',
  tags: { work_kind: 'rpc', rpc_system: 'trpc' },
  shown: (name) => `jobs.${name}`,
  ends: {
    quick: 'ok OK',
    burn: 'ok OK',
    fail: 'error Broken INTERNAL_SERVER_ERROR',
    again: 'error Broken INTERNAL_SERVER_ERROR',
    late: 'error Late INTERNAL_SERVER_ERROR',
  },
  async open(names, handle) {
    const t = trpc.initTRPC.create();
    const procedures = names.map((name) => [
      name,
      t.procedure.input(text).query(({ input }) => {
        const [act, id] = input.split('/') as [string, string];
        return handle(act, id);
      }),
    ]);
    const { ask, close } = await listen(t.router({ jobs: t.router(Object.fromEntries(procedures)) }));
    return { call: batching((paths, inputs) => ask(`/${paths.join()}?batch=1&input=${inputs}`)), close };
  },
});

/** Puts calls that are made in the same turn of the loop together, as the library's client does. */
function batching(send: (paths: string[], inputs: string) => Promise<unknown>) {
  let open: { paths: string[]; inputs: Record<number, string>; sent: Promise<unknown> } | null = null;
  return (name: string, act: string, id: string): Promise<unknown> => {
    if (open === null) {
      const batch = { paths: [] as string[], inputs: {}, sent: Promise.resolve<unknown>(null) };
      open = batch;
      batch.sent = new Promise<void>((turn) => setImmediate(turn)).then(() => {
        open = null;
        return send(batch.paths, encodeURIComponent(JSON.stringify(batch.inputs)));
      });
    }
    open.inputs[open.paths.length] = `${act}/${id}`;
    open.paths.push(`jobs.${name}`);
    return open.sent;
  };
}

test('each procedure of a batch is a unit, by its code; callers of the server itself and unknown paths are none', async () => {
  const stage = await openStage({});
  units(stage.meter, trpc);
  const t = trpc.initTRPC.create();
  const plugin = t.procedure.use(({ next }) => next());
  const user = t.router({
    get: t.procedure.query(async () => {
      burn(20);
      return 'u';
    }),
    none: t.procedure.query(() => {
      throw new trpc.TRPCError({ code: 'NOT_FOUND' });
    }),
    checked: t.procedure
      .input((value) => {
        if (typeof value !== 'number') throw new Error('no number');
        return value;
      })
      .query(() => 'checked'),
    bad: t.procedure.query(() => {
      throw new Broken('bad');
    }),
    away: t.procedure.query(() => {
      throw new trpc.TRPCError({ code: 'SERVICE_UNAVAILABLE' });
    }),
    twice: t.procedure.concat(plugin).query(() => 'twice'),
  });
  const createCaller = t.createCallerFactory(user);
  const router = t.router({
    user,
    later: trpc.lazy(async () => t.router({ found: t.procedure.query(() => 'found') })),
    own: t.procedure.query(() => createCaller({}).get()),
  });
  const { ask, close } = await listen(router);
  try {
    const paths = 'user.get,user.none,user.bad,user.away,user.checked,user.twice,later.found,nosuch4711,own';
    const answer = await ask(`/${paths}?batch=1&input={}`);
    expect(answer).toMatch(/^207 /);
    expect(answer).toContain('{"result":{"data":"twice"}},{"result":{"data":"found"}}');
    const metrics = await stage.metrics();
    const found = metrics
      .filter(({ name }) => name === 'rpc.server.call')
      .map(({ tags }) =>
        [tags.rpc_method, tags.rpc_response_status_code, tags.outcome, tags.error_type]
          .filter(Boolean)
          .join(' '),
      );
    expect(found.sort()).toEqual([
      'later.found OK ok',
      'own OK ok',
      'user.away SERVICE_UNAVAILABLE error SERVICE_UNAVAILABLE',
      'user.bad INTERNAL_SERVER_ERROR error Broken',
      'user.checked BAD_REQUEST ok',
      'user.get OK ok',
      'user.none NOT_FOUND ok',
      'user.twice OK ok',
    ]);
    const cpu = metrics.filter(({ name }) => name === 'rpc.server.call.cpu');
    for (const { tags, value } of cpu)
      if (/^(?:own|user\.get)$/.test(tags.rpc_method!)) expect(Number(value)).toBeGreaterThan(10);
      else expect(Number(value)).toBeLessThan(10);
  } finally {
    await close();
    await stage.stop();
    unitInstallation().remove();
  }
});

test('a subscription is one unit until its events begin, by server-sent events and over a socket as a query is', async () => {
  const stage = await openStage({});
  const seen: string[][] = [];
  for (const isFollowed of [false, true]) {
    if (isFollowed) units(stage.meter, trpc);
    const t = trpc.initTRPC.create();
    const router = t.router({
      ticks: t.procedure.subscription(async function* () {
        for (let tick = 0; tick < 3; tick++) yield `tick ${tick}`;
      }),
      refused: t.procedure.subscription(async function* () {
        yield 'before';
        throw new Broken('after its begin');
      }),
      hello: t.procedure.query(() => 'hello'),
    });
    const server = createHTTPServer({ router });
    const wss = new WebSocketServer({ server });
    applyWSSHandler({ wss, router });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const events = await fetch(`http://${at}/ticks`, { headers: { accept: 'text/event-stream' } });
    const answers = [await events.text()];
    const socket = new WebSocket(`ws://${at}`);
    await new Promise((opened) => socket.once('open', opened));
    for (const [id, path] of ['hello', 'ticks', 'refused', 'nosuch4711'].entries()) {
      const ended = new Promise<void>((resolve) => {
        socket.on('message', (data) => {
          const message = JSON.parse(String(data));
          if (message.id !== id) return;
          answers.push(JSON.stringify(message, (key, value) => (key === 'stack' ? '' : value)));
          if (path === 'hello' || message.error || message.result?.type === 'stopped') resolve();
        });
      });
      const method = path === 'hello' ? 'query' : 'subscription';
      socket.send(JSON.stringify({ id, method, params: { path, input: null } }));
      await ended;
      socket.removeAllListeners('message');
    }
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close();
    await closed;
    wss.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    seen.push(answers);
  }
  try {
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[1]![0]!.match(/tick \d/g)).toEqual(['tick 0', 'tick 1', 'tick 2']);
    const found = (await stage.metrics())
      .filter(({ name }) => name === 'rpc.server.call')
      .map(({ tags }) => `${tags.rpc_method} ${tags.outcome}`);
    // What is thrown once events were sent comes after the unit.
    expect(found.sort()).toEqual(['hello ok', 'refused ok', 'ticks ok', 'ticks ok']);
  } finally {
    await stage.stop();
    unitInstallation().remove();
  }
});
