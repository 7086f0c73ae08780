import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type VirtualClock, virtualClock } from '../../../../testkit/src/clock.ts';
import type { Engine } from '../../../src/attribution/contract.ts';
import { createEngine } from '../../../src/attribution/engine.ts';
import { type LateSink, Work } from '../../../src/attribution/work.ts';

/** One request as the engine saw it. */
export class Seen implements LateSink {
  readonly work = new Work('request', null);
  late = 0;
  finished = false;

  add(ms: number): void {
    this.late += ms;
  }
}

/** What a handler is given to say whose time passes. */
export interface Me {
  name: string;
  work: Work;
  burn(ms: number): void;
  stall(ms: number): void;
  /** A block around `fn`, sync or async. */
  time<R>(name: string, fn: () => R): R;
  /** A block without a callback; call what it returns to end it. */
  block(name: string): () => void;
}

export type Handler = (req: http.IncomingMessage, res: http.ServerResponse, me: Me) => unknown;

export const OUTSIDE = 'outside';

/** What measuring costs under the virtual clock, where somebody sets it a limit. */
const PRICES = { look: 0.0005, settle: 0 };

/**
 * A real server whose requests are measured by an engine under a virtual clock. A request is named
 * by the first segment of its path; the truth is what its code said it burnt.
 */
export class Rig {
  readonly time: VirtualClock = virtualClock();
  readonly engine: Engine;
  readonly server = http.createServer({ keepAliveTimeout: 0 });
  readonly truth = new Map<string, number>();
  readonly seen = new Map<string, Seen>();
  readonly blocks = new Map<string, Work>();
  /** Which requests are measured. */
  choose: (name: string, work: Work) => boolean = () => true;
  handler: Handler = (_req, res) => res.end();
  private readonly ended = new EventEmitter();
  private readonly meeting: (() => void)[] = [];

  /** `engine`: another one than that of the virtual clock. */
  constructor(engine?: Engine) {
    this.engine = engine ?? createEngine({ ...this.time, prices: PRICES });
    this.ended.setMaxListeners(0);
    const emit = this.server.emit;
    const { server } = this;
    server.emit = (event: string, ...args: unknown[]) =>
      event === 'request'
        ? this.enter(args[0] as http.IncomingMessage, args[1] as http.ServerResponse)
        : (Reflect.apply(emit, server, [event, ...args]) as boolean);
  }

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  burn(label: string, ms: number): void {
    this.truth.set(label, (this.truth.get(label) ?? 0) + ms);
    this.time.burn(ms);
  }

  /** Requests all at once, and waits until each of them ended on both sides. */
  async all(...paths: string[]): Promise<void> {
    await Promise.all(paths.map((path) => this.get(path)));
    await this.settled(...paths);
  }

  get(path: string, options: http.RequestOptions = {}): Promise<string> {
    return this.send(path, options, (req) => req.end());
  }

  /** Sends the chunks a little apart, so that each arrives by itself. */
  post(path: string, chunks: string[]): Promise<string> {
    return this.send(path, { method: 'POST' }, async (req) => {
      for (const chunk of chunks) {
        req.write(chunk);
        await sleep(3);
      }
      req.end();
    });
  }

  socket(): Socket {
    return net.connect(this.port, '127.0.0.1');
  }

  /** Resolves for each of `count` callers when all of them have called: whatever the machine's pace. */
  meet(count: number): Promise<void> {
    if (this.meeting.length + 1 < count) return new Promise((go) => this.meeting.push(go));
    for (const go of this.meeting.splice(0)) go();
    return Promise.resolve();
  }

  /** Waits until the requests were closed, and whatever they left running had its turn. */
  async settled(...names: string[]): Promise<void> {
    for (const path of names) {
      const name = path.replace(/[/?].*/, '');
      while (this.seen.get(name)?.work.ended !== true) await once(this.ended, 'end');
    }
    await sleep(2);
  }

  private send(
    path: string,
    options: http.RequestOptions,
    write: (req: http.ClientRequest) => unknown,
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      const req = http.request(
        { host: '127.0.0.1', port: this.port, path: `/${path}`, agent: false, ...options },
        (res) => {
          let text = '';
          res.setEncoding('utf8');
          res.on('data', (part: string) => {
            text += part;
          });
          res.on('end', () => resolve(text));
          res.on('error', reject);
        },
      );
      req.on('error', reject);
      write(req);
    });
  }

  private enter(req: http.IncomingMessage, res: http.ServerResponse): boolean {
    const { engine } = this;
    const name = (req.url ?? '').slice(1).replace(/[/?].*/, '');
    const seen = new Seen();
    const { work } = seen;
    this.seen.set(name, seen);
    engine.open(work, this.choose(name, work));
    engine.adopt(work, req, res);
    res.once('close', () => {
      engine.close(work);
      seen.finished = res.writableFinished;
      work.late = seen;
      this.ended.emit('end');
    });
    try {
      engine.run(work, this.call, this, req, res, this.me(name, work));
    } finally {
      if (!res.writableEnded) engine.hold(work);
    }
    return true;
  }

  private call(req: http.IncomingMessage, res: http.ServerResponse, me: Me): void {
    const result = this.handler(req, res, me);
    if (result instanceof Promise) {
      result.catch(() => {
        res.statusCode = 500;
        res.end();
      });
    }
  }

  me(name: string, work: Work): Me {
    const { engine } = this;
    const begin = (label: string) => {
      const inner = new Work('block', engine.current());
      this.blocks.set(label, inner);
      engine.open(inner, true);
      return inner;
    };
    return {
      name,
      work,
      burn: (ms) => this.burn(name, ms),
      stall: (ms) => this.time.stall(ms),
      time: <R>(label: string, fn: () => R): R => {
        const inner = begin(label);
        const result = engine.run(inner, fn, undefined, undefined, undefined, undefined);
        if (result instanceof Promise) {
          engine.hold(inner);
          return result.finally(() => engine.close(inner)) as R;
        }
        engine.close(inner);
        return result;
      },
      block: (label) => {
        const inner = begin(label);
        engine.enter(inner);
        return () => engine.close(inner);
      },
    };
  }
}
