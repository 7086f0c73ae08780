import { createSocket } from 'node:dgram';
import { Ingest, type IngestOptions } from '../src/ingest/ingest.ts';
import { type LineHandler, LineParser } from '../src/ingest/parser.ts';
import { SLACK } from '../src/ingest/words.ts';
import type { LiveOptions } from '../src/options.ts';
import { createLiveServer, type LiveServer } from '../src/server.ts';
import { MemoryStore, type MemoryStoreOptions } from '../src/store/memory/memory.ts';

/** A clock that moves when told to. */
export class FakeClock {
  ms: number;

  constructor(ms = 1_700_000_000_000) {
    this.ms = ms;
  }

  readonly now = (): number => this.ms;

  advance(seconds: number): void {
    this.ms += seconds * 1000;
  }
}

/** Ingest and store without sockets. */
export function pipeline(options: MemoryStoreOptions & IngestOptions = {}) {
  const store = new MemoryStore(options);
  const ingest = new Ingest(store, options);
  return { store, ingest, feed: (text: string) => ingest.payload(Buffer.from(text)) };
}

const parsers = { lenient: new LineParser(), strict: new LineParser(true) };

/** Bytes as the parser wants them: a newline and some slack behind the end. */
export function parse(
  text: string | Uint8Array,
  handler: LineHandler,
  grammar: keyof typeof parsers = 'lenient',
): number {
  const payload = Buffer.from(text);
  const bytes = new Uint8Array(payload.length + 1 + SLACK);
  bytes.set(payload);
  bytes[payload.length] = 10;
  return parsers[grammar].parse(bytes, 0, payload.length, handler);
}

export type Json = Record<string, any>;

/** A server on free ports, and what a test does with it. */
export async function startLive(options: LiveOptions = {}) {
  const live: LiveServer = await createLiveServer({ port: 0, statsdPort: 0, ...options });
  const socket = createSocket('udp4');
  return {
    live,
    /** Sends datagrams and waits until the server has read them. */
    async send(...payloads: (string | Uint8Array)[]): Promise<void> {
      const before = (await live.stats()).packets;
      for (const payload of payloads) {
        await new Promise<void>((resolve, reject) =>
          socket.send(payload, live.statsdPort, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
        );
      }
      await until(async () => (await live.stats()).packets >= before + payloads.length);
    },
    async get(path: string, init?: RequestInit): Promise<{ status: number; body: Json; headers: Headers }> {
      const response = await fetch(live.url + path, init);
      return { status: response.status, body: (await response.json()) as Json, headers: response.headers };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      socket.close();
      await live.close();
    },
  };
}

/** Waits for a condition; the test's own timeout is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The exact quantile by the lower-rank rule. */
export function exact(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.floor(q * (sorted.length - 1))]!;
}

/** A small generator with a seed, so that a failure can be repeated (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
