import { MAX_PAYLOAD } from './ring.ts';

/** A stream's payloads can be longer than a datagram; beyond this the sender speaks something else. */
const MAX_FRAME = 1024 * 1024;

export interface FramingHandler {
  payload(bytes: Uint8Array): void;
  tooLong(beginning: Uint8Array): void;
}

/**
 * Cuts a stream into payloads of whole lines. The framing is recognised from the first four bytes: the
 * Agent's little-endian length has a zero in its last byte, and text never has.
 */
export class Framing {
  readonly #handler: FramingHandler;
  #isFramed: boolean | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #skipping = false;

  constructor(handler: FramingHandler) {
    this.#handler = handler;
  }

  /** Takes what arrived; returns false when it makes no sense and the connection should end. */
  push(chunk: Buffer): boolean {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#isFramed === undefined) {
      if (bytes.length < 4) {
        this.#rest = Buffer.from(bytes);
        return true;
      }
      this.#isFramed = bytes[3] === 0;
    }
    return this.#isFramed ? this.#frames(bytes) : this.#lines(bytes);
  }

  /** The stream ended: what is left is the last line. */
  end(): void {
    if (this.#rest.length > 0 && !this.#skipping && this.#isFramed !== true)
      this.#handler.payload(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  #frames(bytes: Buffer): boolean {
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32LE(at);
      if (length > MAX_FRAME) return false;
      if (bytes.length - at - 4 < length) break;
      if (length > 0) this.#handler.payload(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    return true;
  }

  #lines(bytes: Buffer): boolean {
    let start = 0;
    if (this.#skipping) {
      const newline = bytes.indexOf(10);
      if (newline < 0) {
        this.#rest = Buffer.alloc(0);
        return true;
      }
      this.#skipping = false;
      start = newline + 1;
    }
    const last = bytes.lastIndexOf(10);
    if (last >= start) {
      this.#handler.payload(bytes.subarray(start, last));
      start = last + 1;
    }
    if (bytes.length - start > MAX_PAYLOAD) {
      this.#handler.tooLong(bytes.subarray(start, start + 1024));
      this.#skipping = true;
      start = bytes.length;
    }
    this.#rest = Buffer.from(bytes.subarray(start));
    return true;
  }
}
