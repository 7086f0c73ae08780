import type { ServerResponse } from 'node:http';
import * as v from 'valibot';
import { marked } from '../budgets/mark.ts';
import { withWaits } from '../calls/waits.ts';
import { withHolders } from '../delays/held.ts';
import { breathe } from '../store/breathe.ts';
import { StoreError } from '../store/error.ts';
import { type ApiContext, ApiError, type Endpoint, rangeOf, read, window } from './endpoint.ts';
import { filters } from './filters.ts';

const Query = v.object({ window });
const EVERY_MS = 1000;
/** A page that has not read so much by now is not looked at: it is dropped and may come again. */
const MAX_BUFFERED = 4 * 1024 * 1024;
const MAX_CLIENTS = 64;

/** What a client wants to see: the clients that ask the same get the same update. */
interface Question {
  window: number;
  where: Record<string, string>;
  /** Equal for equal questions. */
  key: string;
}

interface Client {
  question: Question;
  /** What was known when it was last written to; an update that can say no more is not sent. */
  known: string;
  /** It is still being told for the first time. */
  opening: boolean;
}

/** The open streams of one server. An update is worked out once for all clients with the same question. */
export class Streams {
  readonly #clients = new Map<ServerResponse, Client>();
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #restUntil = 0;
  dropped = 0;

  get size(): number {
    return this.#clients.size;
  }

  readonly endpoint: Endpoint = {
    method: 'GET',
    path: '/api/stream',
    handle: async (query, context, { res }) => {
      const { window } = read(Query, query);
      const where = filters(query);
      const question = { window, where, key: JSON.stringify([window, Object.entries(where).sort()]) };
      if (this.#clients.size >= MAX_CLIENTS) {
        throw new ApiError(503, 'TOO_MANY_STREAMS', `${MAX_CLIENTS} pages are open already; close one`);
      }
      res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      res.write(message('config', JSON.stringify({ ...context.config(), window, clockMs: context.clock() })));
      const client = { question, known: '', opening: true };
      this.#clients.set(res, client);
      res.on('close', () => this.#remove(res));
      this.#timer ??= setInterval(() => void this.#update(context), EVERY_MS);
      // The five minutes of the sparks are most of the work: a page that opens does not wait for them. They come
      // with the next update, which is one for all clients.
      const { text } = await answerTo(question, context, false);
      if (!res.writableEnded) res.write(text);
      client.opening = false;
      return undefined;
    },
  };

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const res of this.#clients.keys()) res.end();
    this.#clients.clear();
  }

  async #update(context: ApiContext): Promise<void> {
    // A long window can take longer than a second: then it comes every few seconds.
    const start = performance.now();
    if (this.#busy || start < this.#restUntil) {
      // A page that hears nothing takes the server for gone; an engine can take its time.
      for (const res of this.#clients.keys()) this.#push(res, WAIT);
      return;
    }
    this.#busy = true;
    try {
      const due = new Map<string, Question>();
      const now = knownTo(context);
      for (const [res, { question, known, opening }] of this.#clients) {
        if (opening || known === now) this.#push(res, WAIT);
        else due.set(question.key, question);
      }
      for (const question of due.values()) {
        const { known, text } = await answerTo(question, context);
        for (const [res, client] of this.#clients) {
          if (client.opening || client.question.key !== question.key) continue;
          client.known = known;
          this.#push(res, text);
        }
      }
    } catch {
      // Without an update the pages would wait for ever; cut off, they come again.
      this.close();
    } finally {
      this.#busy = false;
      const end = performance.now();
      // Pages are not what the server is for: what takes long is followed by as long a rest.
      if (end - start > EVERY_MS / 4) this.#restUntil = end + (end - start);
    }
  }

  #push(res: ServerResponse, text: Buffer | string): void {
    if (res.writableLength > MAX_BUFFERED) {
      this.dropped++;
      res.destroy();
      this.#remove(res);
    } else res.write(text);
  }

  #remove(res: ServerResponse): void {
    this.#clients.delete(res);
    if (this.#clients.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const WAIT = message('wait', '{}');

function knownTo({ store, budgets }: ApiContext): string {
  return `${store.until()} ${budgets?.changes ?? 0}`;
}

/** An update, or why there is none; then it is asked again. */
async function answerTo(
  question: Question,
  context: ApiContext,
  spark = true,
): Promise<{ known: string; text: Buffer | string }> {
  const known = knownTo(context);
  try {
    return { known, text: await updateFor(question, context, spark) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message: why } = error;
    return { known: '', text: message('trouble', JSON.stringify({ code, message: why })) };
  }
}

/** Some hundreds of routes are half a megabyte: written row by row, encoded once for all pages. */
async function updateFor({ window, where }: Question, context: ApiContext, spark: boolean): Promise<Buffer> {
  const range = rangeOf(context, window);
  const { store, routes: table, budgets } = context;
  const found = await table.rows(range, { where, spark, perServer: true });
  const waiting = await withWaits(store, found, { ...range, where });
  const known = await withHolders(store, waiting, { ...range, where });
  const rows = marked(known, budgets?.states() ?? []);
  const pause = breathe();
  const routes: string[] = [];
  for (const row of rows) {
    routes.push(JSON.stringify(row));
    const resting = pause();
    if (resting !== undefined) await resting;
  }
  const rest = JSON.stringify({ at: range.to, window, stats: await context.stats() });
  return Buffer.from(message('update', `${rest.slice(0, -1)},"routes":[${routes.join(',')}]}`));
}

function message(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}
