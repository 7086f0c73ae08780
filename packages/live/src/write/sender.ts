import { setTimeout as sleep } from 'node:timers/promises';
import { converted, otherThan } from './convert.ts';
import { isUnread, MESSAGE_HEADERS, type MessageName, writtenOf } from './message.ts';
import type { Queue } from './queue.ts';
import type { Batch } from './request.ts';
import { type Answer, type Exchange, NoAnswer } from './target/exchange.ts';

/** In ms. */
export interface Delays {
  /** For one request; Prometheus' own remote write has the same. */
  timeout: number;
  /** Before the second attempt; doubled for each further one ... */
  firstRetry: number;
  /** ... up to this. */
  longestRetry: number;
  /** An answer's `Retry-After` is believed up to this. */
  longestWish: number;
  /** How long an exit waits for the last requests. */
  exit: number;
}

export const DELAYS: Delays = {
  timeout: 30_000,
  firstRetry: 500,
  longestRetry: 15_000,
  longestWish: 300_000,
  exit: 3_000,
};

/** Between attempts while the process waits to end. */
const EXIT_RETRY_MS = 200;
/** A clock that is further off is told. */
const SKEW_MS = 30_000;

/** Prometheus without the feature answers 500, which will not change. */
const NO_NATIVE = /native histograms are disabled/i;
const NATIVE_REMEDY =
  'start it with --enable-feature=native-histograms, or write with --write-histograms classic';

export interface Delivery {
  /** Requests and samples that were taken. */
  sent: number;
  samples: number;
  /** Bytes of requests that were taken, compressed. */
  bytes: number;
  retries: number;
  /** Requests whose answer was lost and that turned out to have arrived. */
  repeated: number;
  /** Samples lost, by cause. */
  refused: number;
  left: number;
  /** Seconds that this host's clock is ahead of the target's, within one; null before the first answer. */
  clockSkew: number | null;
  lastError: string | null;
}

export interface SenderOptions {
  queue: Queue;
  exchange: Exchange;
  headers: Record<string, string>;
  shown: string;
  delays: Delays;
  clock: () => number;
  warn: (text: string) => void;
}

/**
 * Sends what is in the queue, one request after the other: a series' samples must arrive in order. What may
 * succeed later is sent again until it does; it says the same as before, so arriving twice does no harm.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #stop = new AbortController();
  readonly #told = new Set<string>();
  #url: URL | undefined;
  #message: MessageName = '1.0';
  #running: Promise<void> | undefined;
  readonly #wakeUp = new AbortController();
  #isClosing = false;
  readonly delivery: Delivery = {
    sent: 0,
    samples: 0,
    bytes: 0,
    retries: 0,
    repeated: 0,
    refused: 0,
    left: 0,
    clockSkew: null,
    lastError: null,
  };

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** What the target reads, as far as it is known. */
  get message(): MessageName {
    return this.#message;
  }

  /** Sends what waits, from now on to this address. */
  start(url: URL, message: MessageName): void {
    this.#url = url;
    this.#message = message;
    this.wake();
  }

  wake(): void {
    if (this.#url === undefined || this.#running !== undefined) return;
    this.#running = this.#run(this.#url).finally(() => {
      this.#running = undefined;
      // What came between the last look and now.
      if (this.#options.queue.first !== undefined && !this.#stop.signal.aborted) this.wake();
    });
  }

  /** Sends what it can in so many ms; the rest is counted and told. */
  async close(ms: number): Promise<void> {
    this.#isClosing = true;
    this.#wakeUp.abort();
    const { queue, exchange, warn, shown } = this.#options;
    this.wake();
    const timer = setTimeout(() => this.#stop.abort(), ms);
    while (this.#running !== undefined) await this.#running;
    clearTimeout(timer);
    this.#stop.abort();
    exchange.close();
    const left = queue.samples;
    queue.clear();
    if (left === 0) return;
    this.delivery.left += left;
    warn(`--write: ${left} samples were not taken by ${shown} before the end (${this.delivery.lastError})`);
  }

  async #run(url: URL): Promise<void> {
    const { queue } = this.#options;
    for (let batch = queue.first; batch !== undefined; batch = queue.first) {
      if (!(await this.#deliver(url, batch))) return;
      queue.shift();
    }
  }

  /** Resolves with whether the queue can go on: the request was taken, or never will be. */
  async #deliver(url: URL, first: Batch): Promise<boolean> {
    const { delivery } = this;
    let batch = this.#readable(first);
    let mayHaveArrived = false;
    let hasTurned = false;
    for (let attempt = 0; ; attempt++) {
      if (this.#stop.signal.aborted) return false;
      if (attempt > 0) delivery.retries++;
      const answer = await this.#post(url, batch);
      if (answer instanceof NoAnswer) {
        if (answer.mayHaveArrived) mayHaveArrived = true;
        this.#failed(`no answer: ${answer.message}`, 'no answer');
        await this.#pause(attempt, 0);
        continue;
      }
      const { status } = answer;
      if (!hasTurned && isUnread(batch.message, answer)) {
        hasTurned = true;
        this.#message = otherThan(batch.message);
        batch = this.#readable(batch);
        continue;
      }
      if (status >= 200 && status < 300) {
        this.#took(batch);
        return true;
      }
      const text = `it answered ${status} ${answer.text.trim().split('\n', 1)[0]!.slice(0, 200)}`.trim();
      const isHopeless = NO_NATIVE.test(answer.text);
      if ((status >= 500 || status === 429) && !isHopeless) {
        this.#failed(text, String(status));
        await this.#pause(attempt, this.#wish(answer));
        continue;
      }
      if (mayHaveArrived && status === 400 && /out.of.order|duplicate/i.test(answer.text)) {
        // Prometheus takes a request whole or not at all, and refuses what it has.
        delivery.repeated++;
        this.#took(batch);
        return true;
      }
      // Of 2.0 a target can take a part, and says how much.
      const taken = batch.message === '2.0' ? Math.min(writtenOf(answer), batch.samples) : 0;
      delivery.samples += taken;
      delivery.refused += batch.samples - taken;
      const remedy = isHopeless ? `; ${NATIVE_REMEDY}` : '';
      this.#failed(`${text}; ${batch.samples - taken} samples were lost${remedy}`, String(status));
      return true;
    }
  }

  /** The first of the queue, as the message that the target reads. */
  #readable(batch: Batch): Batch {
    if (batch.message === this.#message) return batch;
    const other = converted(batch);
    this.#options.queue.replaceFirst(other);
    return other;
  }

  #took({ samples, body }: Batch): void {
    this.delivery.sent++;
    this.delivery.samples += samples;
    this.delivery.bytes += body.length;
  }

  async #post(url: URL, { message, body }: Batch): Promise<Answer | NoAnswer> {
    const { exchange, headers, delays, clock } = this.#options;
    const from = clock();
    try {
      const answer = await exchange.send(url, {
        method: 'POST',
        headers: { ...headers, ...MESSAGE_HEADERS[message] },
        body,
        timeoutMs: delays.timeout,
        signal: this.#stop.signal,
      });
      this.#compareClocks((from + clock()) / 2, answer.headers.date);
      return answer;
    } catch (error) {
      return error instanceof NoAnswer ? error : new NoAnswer((error as Error).message, false);
    }
  }

  /** Up to half of the delay is random, so that a thousand hosts do not come back at once. */
  async #pause(attempt: number, wish: number): Promise<void> {
    const { firstRetry, longestRetry } = this.#options.delays;
    const backoff = Math.min(longestRetry, firstRetry * 2 ** Math.min(attempt, 20));
    const ms = Math.max(wish, backoff / 2) + (Math.random() * backoff) / 2;
    const options = { signal: this.#wakeUp.signal, ref: false };
    await sleep(this.#isClosing ? EXIT_RETRY_MS : ms, undefined, this.#isClosing ? {} : options).catch(
      () => {},
    );
  }

  /** What `Retry-After` asks for, in ms: seconds, or a date. */
  #wish({ headers }: Answer): number {
    const text = headers['retry-after'];
    if (text === undefined) return 0;
    const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - this.#options.clock();
    return Number.isNaN(ms) ? 0 : Math.min(this.#options.delays.longestWish, Math.max(0, ms));
  }

  #failed(text: string, cause: string): void {
    this.delivery.lastError = text;
    this.tell(cause, text);
  }

  /** Each cause once. */
  tell(cause: string, text: string): void {
    if (this.#told.has(cause)) return;
    this.#told.add(cause);
    this.#options.warn(`--write ${this.#options.shown}: ${text}`);
  }

  #compareClocks(now: number, date: string | undefined): void {
    const theirs = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(theirs)) return;
    // The header has whole seconds: in the middle it is wrong by half of one at most.
    const ms = now - (theirs + 500);
    this.delivery.clockSkew = Math.round(ms / 1000);
    if (Math.abs(ms) < SKEW_MS) return;
    const off = `${Math.abs(this.delivery.clockSkew)} s ${ms > 0 ? 'ahead of' : 'behind'}`;
    this.tell('clock', `this host's clock is ${off} the target's; samples are written with its own time`);
  }
}
