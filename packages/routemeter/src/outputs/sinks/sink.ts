import type { Payload, Settle } from '../payload.ts';

/**
 * Where payloads go. A sink never throws, never blocks and never keeps the process alive; each
 * payload it is given is settled exactly once.
 */
export interface Sink {
  /** For people: `udp://127.0.0.1:8125`. */
  readonly url: string;
  /** Bytes that one payload may have. */
  readonly maxPayload: number;
  /** Ends each payload with a newline: streams need it, datagrams do not. */
  readonly newline: boolean;
  /** Called once before the first payload. `unconfirmed` is told of samples handed to a server that was going away. */
  open(settle: Settle, unconfirmed: (samples: number) => void): void;
  send(payload: Payload): void;
  /** Resolves when everything sent so far is settled; keeps the process alive until then, bounded. */
  flush(): Promise<void>;
  /** At the exit of the process: settles what it can within `waitMs`, without the event loop. */
  flushSync(waitMs: number): void;
  close(): Promise<void>;
}
