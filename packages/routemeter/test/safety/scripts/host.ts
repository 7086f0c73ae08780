import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { finished, pipeline } from 'node:stream';
import tls from 'node:tls';
import { shared } from '../../../src/attribution/index.ts';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { enter, installEntry } from '../../../src/request/index.ts';
import { captureMeter } from '../../../src/testing/index.ts';
import type { Mode, Op, Outcome, Program, ProgramRequest } from '../programs.ts';

// Runs programs that its parent sends, with Routemeter as its argument says, and answers what was seen.
const mode = process.argv[2] as Mode;
const [how, cpu = 'auto'] = mode.split(' ') as [string, ('auto' | 'off')?];
const captured = captureMeter({ cpu });
shared('defaultMeter', () => captured.meter);
if (how === 'preload') installEntry(() => ({ listening() {}, request: enter }));

/** TLS by a key that both sides know: no certificate that could expire. */
const KEY = Buffer.alloc(32, 'routemeter');
const TLS = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
const TRUST = {
  pskCallback: () => ({ psk: KEY, identity: 'test' }),
  checkServerIdentity: () => undefined,
} as const;

const storage = new AsyncLocalStorage<string>();
let log: string[] = [];
let activity = 0;
const note = (text: string): void => {
  activity++;
  log.push(text);
};
process.on('uncaughtException', (error) => note(`uncaught ${codeOf(error)}`));
process.on('unhandledRejection', (error) => note(`unhandled ${codeOf(error)}`));

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return String(code ?? message);
}

/** Turns of the loop until nothing happens: over loopback what was written is there to be read. */
async function settle(): Promise<void> {
  for (let quiet = 0, turns = 0, before = activity; quiet < 8 && turns < 500; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = before === activity ? quiet + 1 : 0;
    before = activity;
  }
}

/** The pieces in which a client sends its requests. */
function piecesOf({ method, version, headers, body }: ProgramRequest, index: number): string[] {
  const lines = [`${method} /r${index} HTTP/${version}`, 'Host: x', ...headers];
  const pieces: string[] = [];
  if (body !== null) {
    const isChunked = body.chunked && version === '1.1';
    const length = body.parts.reduce((sum, part) => sum + part, 0);
    lines.push(isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`);
    for (const part of body.parts) {
      const text = 'b'.repeat(part);
      pieces.push(isChunked ? `${part.toString(16)}\r\n${text}\r\n` : text);
    }
    if (isChunked) pieces.push(body.trailers ? '0\r\nX-Trailer: t\r\n\r\n' : '0\r\n\r\n');
    if (!body.isWhole) pieces.pop();
  }
  return [`${lines.join('\r\n')}\r\n\r\n`, ...pieces];
}

class Seen {
  readonly name: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  private readonly server: http.Server;

  constructor(name: string, req: IncomingMessage, res: ServerResponse, server: http.Server) {
    this.name = name;
    this.req = req;
    this.res = res;
    this.server = server;
    for (const event of ['end', 'close', 'aborted', 'error']) this.watch('req', event);
    for (const event of ['prefinish', 'finish', 'close', 'drain', 'error', 'pipe', 'unpipe'])
      this.watch('res', event);
  }

  private watch(what: 'req' | 'res', event: string): void {
    this[what].on(event, (argument: unknown) => {
      const { req, res } = this;
      const state = [
        req.complete,
        req.destroyed,
        res.headersSent,
        res.writableEnded,
        res.writableFinished,
        res.destroyed,
      ];
      const shown = event === 'error' ? codeOf(argument) : state.map(Number).join('');
      note(`${this.name} ${what} ${event} ${shown} in ${storage.getStore()}`);
    });
  }

  act(op: Op): void {
    try {
      note(`${this.name} ${op.do} -> ${this.perform(op)}`);
    } catch (error) {
      note(`${this.name} ${op.do} threw ${codeOf(error)}`);
      if (op.do === 'throw') throw error;
    }
  }

  private perform(op: Op): unknown {
    const { name, req, res } = this;
    const called = (what: string) => (error?: unknown) =>
      note(`${name} ${what} called ${error ? codeOf(error) : ''}`);
    switch (op.do) {
      case 'writeHead':
        return (
          res.writeHead(op.status, op.length === null ? { 'x-h': '1' } : { 'content-length': op.length }) ===
          res
        );
      case 'setHeader':
        return res.setHeader(op.name, op.name === 'connection' ? 'close' : 'text/event-stream') === res;
      case 'write':
        return res.write('w'.repeat(op.bytes), called('write'));
      case 'end':
        return (
          (op.bytes === null ? res.end(called('end')) : res.end('e'.repeat(op.bytes), called('end'))) === res
        );
      case 'throwOn':
        this[op.on].once(op.event, () => {
          throw new Error(`thrown on ${op.event}`);
        });
        return '';
      case 'destroy': {
        const target = op.what === 'socket' ? req.socket : this[op.what];
        return target.destroy(op.error ? new Error('destroyed') : undefined) === target;
      }
      case 'flushHeaders':
        return res.flushHeaders();
      case 'writeContinue':
        return res.writeContinue(called('continue'));
      case 'writeProcessing':
        return res.writeProcessing();
      case 'writeEarlyHints':
        return res.writeEarlyHints({ link: '</s.css>; rel=preload' }, called('hints'));
      case 'addTrailers':
        return res.addTrailers({ 'x-trailer': 't' });
      case 'cork':
        return res.cork();
      case 'uncork':
        return res.uncork();
      case 'onData':
        req.on('data', (chunk: Buffer) => note(`${name} data ${chunk.length} in ${storage.getStore()}`));
        return '';
      case 'onReadable':
        req.on('readable', () => {
          for (let chunk = req.read(); chunk !== null; chunk = req.read())
            note(`${name} read ${chunk.length} in ${storage.getStore()}`);
        });
        return '';
      case 'pause':
        return req.pause() === req;
      case 'resume':
        return req.resume() === req;
      case 'forAwait':
      case 'breakOut':
        void this.iterate(op.do === 'breakOut');
        return '';
      case 'pipeline':
        return pipeline(req, res, called('pipeline')) === res;
      case 'pipe':
        return req.pipe(res) === res;
      case 'finished':
        finished(req, called('finished req'));
        finished(res, called('finished res'));
        return '';
      case 'throw':
        throw new Error('thrown');
      case 'reject':
        void Promise.reject(new Error('rejected'));
        return '';
      case 'socketEnd':
        return req.socket.end() === req.socket;
      case 'hold':
        return this.server.emit('request', req, res);
    }
  }

  private async iterate(breaks: boolean): Promise<void> {
    try {
      for await (const chunk of this.req) {
        note(`${this.name} chunk ${(chunk as Buffer).length} in ${storage.getStore()}`);
        if (breaks) break;
      }
      note(`${this.name} iterated`);
    } catch (error) {
      note(`${this.name} iteration ${codeOf(error)}`);
    }
  }
}

async function run(program: Program): Promise<Outcome> {
  log = [];
  const seen: Seen[] = [];
  const known = new Set<IncomingMessage>();
  const { isTls = false, connect = 'none', closesAt = null, maxRequests = 0 } = program.edges ?? {};
  const server = isTls
    ? https.createServer({ keepAliveTimeout: 60_000, ...TLS, pskCallback: () => KEY })
    : http.createServer({ keepAliveTimeout: 60_000 });
  server.maxRequestsPerSocket = maxRequests;
  const listener = (event: string) => (req: IncomingMessage, res: ServerResponse) => {
    note(`${event} ${req.method} ${req.url} ${known.has(req)}`);
    // An application may raise the event again by itself.
    if (known.has(req)) return;
    known.add(req);
    const index = Number(/\d+/.exec(req.url ?? '')?.[0] ?? 0);
    const one = new Seen(`#${seen.length}`, req, res, server);
    seen.push(one);
    storage.run(one.name, () => {
      for (const op of program.requests[index]!.now) one.act(op);
    });
  };
  let refused = 0;
  server.on('dropRequest', () => refused++);
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  const { checkContinue, checkExpectation, upgrade, clientError } = program.listens;
  server.on('request', listener('request'));
  if (checkContinue) server.on('checkContinue', listener('checkContinue'));
  if (checkExpectation) server.on('checkExpectation', listener('checkExpectation'));
  if (upgrade) {
    server.on('upgrade', (req: IncomingMessage, socket: net.Socket, head: Buffer) => {
      note(`upgrade ${req.url} ${head.length}`);
      socket.on('error', () => {});
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhi');
    });
  }
  if (connect === 'heard') {
    server.on('connect', (req: IncomingMessage, socket: net.Socket, head: Buffer) => {
      note(`connect ${req.url} ${head.length}`);
      socket.on('error', () => {});
      socket.end('HTTP/1.1 200 Connection Established\r\n\r\nhi');
    });
  }
  if (clientError) {
    server.on('clientError', (error: Error, socket: net.Socket) => {
      note(`clientError ${codeOf(error)}`);
      socket.destroy();
    });
  }
  if (how === 'explicit') httpMeter(server, { meter: captured.meter });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const { port } = server.address() as AddressInfo;
  const client = isTls
    ? tls.connect({ port, host: '127.0.0.1', ...TLS, ...TRUST })
    : net.connect(port, '127.0.0.1');
  let wire = '';
  client.on('data', (bytes) => {
    activity++;
    wire += bytes.toString('latin1');
  });
  client.on('error', () => activity++);
  client.on('end', () => {
    activity++;
    wire += '<end>';
  });
  await once(client, isTls ? 'secureConnect' : 'connect');
  const pieces = program.requests.flatMap(piecesOf);
  if (connect !== 'none') pieces.push('CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n');
  await settle();
  for (const [at, step] of program.steps.entries()) {
    if (at === closesAt) server.close(() => note('closed'));
    if (step.step === 'send') {
      const text = pieces.splice(0, step.pieces).join('');
      if (text !== '' && client.writable) client.write(text);
    } else if (step.step === 'act') {
      const one = seen.length === 0 ? undefined : seen[step.on % seen.length];
      if (one !== undefined && step.op.do !== 'throw')
        storage.run(`${one.name} later`, () => one.act(step.op));
    } else if (step.how === 'reset') {
      // A connection in TLS has no reset of its own.
      if (isTls) client.destroy();
      else client.resetAndDestroy();
    } else client[step.how]();
    await settle();
  }
  client.resume();
  await settle();
  const app = [...log];
  client.destroy();
  await settle();
  app.push('-- client left', ...log.slice(app.length));
  // Not awaited: an error thrown in the middle of Node's own code can leave a server that never closes.
  server.close();
  for (const socket of sockets) socket.destroy();
  await settle();
  const measured = await count(seen.length + refused);
  await captured.clear();
  return { app, wire: wire.replace(/^Date: .*\r\n/gm, ''), reached: seen.length, refused, measured };
}

/** Samples of requests; those of the last ones may be a little late. */
async function count(expected: number): Promise<number> {
  for (let turn = 0; ; turn++) {
    const metrics = how === 'bare' ? [] : await captured.metrics();
    const found = metrics.filter((metric) => metric.name === 'http.server.request').length;
    if (found >= expected || how === 'bare' || turn >= 20) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

process.on('message', (program: Program) => {
  void run(program).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) =>
      process.send?.({
        app: [`failed ${String((error as Error).stack)}`],
        wire: '',
        reached: -1,
        refused: -1,
        measured: -1,
      }),
  );
});
process.on('disconnect', () => process.exit());
