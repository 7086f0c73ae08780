import { authorizationOf } from '../../prometheus/authorization.ts';
import { within } from '../../within.ts';
import { StoreError } from '../error.ts';
import type { Dialect } from './expressions.ts';

export interface EngineOptions {
  /** Base of the query API, as `http://vm:8428` or `http://mimir/prometheus`; `/api/v1/query` is put behind it. */
  url: URL;
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
  /** How long one request may take, in ms, waiting for its turn included. */
  timeoutMs?: number;
}

/** One series of an answer; a vector has one point. */
export interface EngineSeries {
  metric: Record<string, string>;
  /** Unix seconds and the value as text. */
  value?: [at: number, text: string];
  values?: [at: number, text: string][];
  histogram?: [at: number, histogram: EngineHistogram];
  histograms?: [at: number, histogram: EngineHistogram][];
}

export interface EngineHistogram {
  count: string;
  sum: string;
  buckets?: [rule: number, low: string, high: string, count: string][];
}

/** Half of an engine's own time out, which is often 30 s: nobody waits that long for a page. */
const TIMEOUT_MS = 10_000;
/** At once; the engine has others to serve. */
const CONCURRENCY = 4;
/** Waiting for their turn; beyond it they are refused at once. */
const MAX_WAITING = 256;
const MAX_BYTES = 64 * 1024 * 1024;

/** What the page says of the engine. */
export interface EngineState {
  /** Without user and password. */
  url: string;
  /** Requests since the start, and those that failed. */
  requests: number;
  failed: number;
  /** Ms that the last request took. */
  ms: number | null;
  /** Ms in which some request was under way. */
  busyMs: number;
  error: { code: string; message: string } | null;
}

/** The query API of a Prometheus-compatible engine; bounded in time, in requests at once and in bytes. */
export class Engine {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;
  readonly #waiting: (() => void)[] = [];
  readonly #stop = new AbortController();
  #running = 0;
  #busySince = 0;
  #dialect: Promise<Dialect> | undefined;
  readonly state: EngineState;

  constructor({ url, headers, timeoutMs = TIMEOUT_MS }: EngineOptions) {
    const bare = new URL(url);
    bare.username = '';
    bare.password = '';
    bare.hash = '';
    bare.search = '';
    this.#base = bare.href.replace(/\/+$/, '');
    const authorization = authorizationOf(url);
    this.#headers = { ...(authorization === undefined ? {} : { authorization }), ...headers };
    this.#timeoutMs = timeoutMs;
    this.state = { url: this.#base, requests: 0, failed: 0, ms: null, busyMs: 0, error: null };
  }

  /** An expression at one time, in Unix ms. */
  instant(expression: string, at: number): Promise<EngineSeries[]> {
    return this.#ask('query', { query: expression, time: String(at / 1000) });
  }

  /** An expression at `start`, `start + step` ... `end`, in Unix ms. */
  range(expression: string, { start, end, step }: { start: number; end: number; step: number }) {
    return this.#ask('query_range', {
      query: expression,
      start: String(start / 1000),
      end: String(end / 1000),
      step: String(step / 1000),
    });
  }

  /** What it understands, found out once. */
  dialect(): Promise<Dialect> {
    this.#dialect ??= this.instant('now()', 0).then(
      () => 'metricsql' as const,
      (error: StoreError) => {
        if (error.code === 'STORE_REFUSED' && error.message.includes('unknown function'))
          return 'promql' as const;
        this.#dialect = undefined;
        throw error;
      },
    );
    return this.#dialect;
  }

  /** Ends what is under way. */
  close(): void {
    this.#stop.abort();
  }

  #ask(path: string, parameters: Record<string, string>): Promise<EngineSeries[]> {
    return within(this.#timeoutMs, this.#stop.signal, (signal) => this.#askWhile(signal, path, parameters));
  }

  async #askWhile(
    signal: AbortSignal,
    path: string,
    parameters: Record<string, string>,
  ): Promise<EngineSeries[]> {
    await this.#turn(signal);
    const began = performance.now();
    this.state.requests++;
    try {
      const answer = await this.#fetch(path, parameters, signal);
      this.state.error = null;
      return answer;
    } catch (error) {
      const known = this.#known(error);
      this.state.failed++;
      this.state.error = { code: known.code, message: known.message };
      throw known;
    } finally {
      this.state.ms = performance.now() - began;
      this.#release();
      if (this.#running === 0) this.state.busyMs += performance.now() - this.#busySince;
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (this.#running < CONCURRENCY) {
      if (this.#running === 0) this.#busySince = performance.now();
      this.#running++;
    } else {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new StoreError('STORE_BUSY', `${MAX_WAITING} questions wait for ${this.#base} already`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (!signal.aborted) return;
    this.#release();
    throw this.#known(signal.reason);
  }

  /** Who waits longest takes the place over. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }

  async #fetch(path: string, parameters: Record<string, string>, signal: AbortSignal) {
    const response = await fetch(`${this.#base}/api/v1/${path}`, {
      method: 'POST',
      headers: { accept: 'application/json', ...this.#headers },
      body: new URLSearchParams({
        ...parameters,
        timeout: `${Math.ceil(this.#timeoutMs / 1000)}s`,
        // VictoriaMetrics hides its last 30 s, and answers from what it had a moment ago, unless told not to.
        nocache: '1',
      }),
      // A credential must not follow to somewhere else.
      redirect: 'error',
      signal,
    });
    const text = await this.#read(response);
    const body = parsed(text);
    if (response.ok && body?.status === 'success' && Array.isArray(body.data?.result)) {
      return body.data.result as EngineSeries[];
    }
    const said = (body?.error ?? text).replaceAll(/\s+/g, ' ').slice(0, 300);
    const isRefusal = response.status >= 400 && response.status < 500;
    throw new StoreError(
      isRefusal ? 'STORE_REFUSED' : 'STORE_FAILED',
      `${this.#base} answered ${response.status}${said === '' ? '' : `: ${said}`}`,
    );
  }

  async #read(response: Response): Promise<string> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response.body ?? []) {
      bytes += part.length;
      if (bytes > MAX_BYTES) {
        throw new StoreError(
          'STORE_TOO_MUCH',
          `${this.#base} answered more than ${MAX_BYTES / 1024 / 1024} MB; ask for a shorter window or fewer tags`,
        );
      }
      parts.push(part);
    }
    return Buffer.concat(parts).toString();
  }

  #known(error: unknown): StoreError {
    if (error instanceof StoreError) return error;
    const { name, message, cause } = error as Error;
    if (name === 'TimeoutError') {
      return new StoreError(
        'STORE_TIMEOUT',
        `${this.#base} did not answer within ${this.#timeoutMs / 1000} s`,
      );
    }
    const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error | undefined)?.message;
    return new StoreError('STORE_UNREACHABLE', `${this.#base} cannot be reached: ${why ?? message}`);
  }
}

interface Body {
  status?: string;
  error?: string;
  data?: { result?: unknown };
}

function parsed(text: string): Body | undefined {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined;
  }
}
