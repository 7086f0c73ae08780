import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** What was answered, as far as it matters. */
export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  /** Its beginning. */
  text: string;
}

/** No answer came. */
export class NoAnswer extends Error {
  /** Whether the target can have got, and done, what it was asked. */
  readonly mayHaveArrived: boolean;

  constructor(message: string, mayHaveArrived: boolean) {
    super(message);
    this.name = 'NoAnswer';
    this.mayHaveArrived = mayHaveArrived;
  }
}

export interface Message {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: Uint8Array;
  timeoutMs: number;
  /** Bytes of the answer that are read; the rest is left. */
  maxText?: number;
  signal?: AbortSignal;
}

/** Nothing was sent yet when one of these is the reason. */
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** One connection to the target, kept open between ticks; it keeps no process alive. */
export class Exchange {
  readonly #agents = {
    'http:': new HttpAgent({ keepAlive: true, maxSockets: 1 }),
    'https:': new HttpsAgent({ keepAlive: true, maxSockets: 1 }),
  };

  /** Resolves with the answer, whatever its status; rejects with `NoAnswer`. Redirects are not followed. */
  send(url: URL, message: Message): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) =>
        reject(new NoAnswer(error.message, !NEVER_ARRIVED.has(error.code ?? '')));
      const { body, timeoutMs, maxText = 2048 } = message;
      const outgoing = this.#open(url, message);
      // Of the whole exchange: a target that answers byte by byte must not hold the queue.
      const timer = setTimeout(() => outgoing.destroy(new Error(`nothing in ${timeoutMs} ms`)), timeoutMs);
      outgoing.on('close', () => clearTimeout(timer));
      outgoing.on('error', fail);
      outgoing.on('response', (response) => {
        let text = '';
        const done = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length < maxText) return;
          text = text.slice(0, maxText);
          done();
          outgoing.destroy();
        });
        response.on('end', done);
        response.on('error', fail);
      });
      outgoing.end(body);
    });
  }

  #open(url: URL, { method, headers, body, signal }: Message): ClientRequest {
    const isSecure = url.protocol === 'https:';
    return (isSecure ? httpsRequest : httpRequest)(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
      agent: this.#agents[isSecure ? 'https:' : 'http:'],
      ...(signal === undefined ? {} : { signal }),
    });
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}
