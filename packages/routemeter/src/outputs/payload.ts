/** Why samples were not handed over. */
export type DropCause =
  | 'invalid'
  | 'cap'
  | 'too_long'
  | 'queue_full'
  | 'refused'
  | 'send_failed'
  | 'unresolved'
  | 'exit'
  | 'unnamed'
  | 'closed'
  | 'unsupported';

/** One datagram or stream chunk on its way, with what it carries. Reused: a sink settles it once and forgets it. */
export interface Payload {
  readonly buffer: Buffer;
  /** Bytes in use. */
  length: number;
  samples: number;
  lines: number;
}

/** Called exactly once for each payload: null when the system took it, else why not. */
export type Settle = (payload: Payload, cause: DropCause | null) => void;
