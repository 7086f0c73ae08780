import { MAX_PAYLOAD } from './ring.ts';

/** A stream's payloads can be longer than a datagram; beyond this the sender speaks something else. */
const MAX_FRAME = 1024 * 1024;
/** Bytes of the length before each frame. */
const LENGTH = 4;
const NOTHING = Buffer.alloc(0);

export interface FramingHandler {
  payload(bytes: Uint8Array): void;
  tooLong(beginning: Uint8Array): void;
}

/**
 * Cuts a stream into payloads of whole lines. The framing is recognised from the first four bytes: the
 * Agent's little-endian length has a zero in its last byte, and text never has. Of a frame that is still
 * coming, whole lines are handed on at once: what a connection can make us hold is one line, whatever
 * length it announced.
 */
export class Framing {
  readonly #handler: FramingHandler;
  #isFramed: boolean | undefined;
  /** The beginning of a length, as far as it has come. */
  #length: Buffer = NOTHING;
  /** Bytes of the frame that have not come yet. */
  #missing = 0;
  /** The beginning of a line. */
  #rest: Buffer = NOTHING;
  #skipping = false;

  constructor(handler: FramingHandler) {
    this.#handler = handler;
  }

  /** Takes what arrived; returns false when it makes no sense and the connection should end. */
  push(chunk: Buffer): boolean {
    if (this.#isFramed === true) return this.#frames(chunk);
    const bytes = this.#joined(chunk);
    if (this.#isFramed === undefined) {
      if (bytes.length < LENGTH) {
        this.#rest = Buffer.from(bytes);
        return true;
      }
      this.#isFramed = bytes[LENGTH - 1] === 0;
      if (this.#isFramed) return this.#frames(bytes);
    }
    this.#lines(bytes);
    return true;
  }

  /** The stream ended: what is left is the last line. */
  end(): void {
    if (this.#isFramed !== true) this.#lastLine();
    this.#rest = NOTHING;
  }

  #frames(bytes: Buffer): boolean {
    for (let at = 0; at < bytes.length; ) {
      if (this.#missing === 0) {
        const more = bytes.subarray(at, at + LENGTH - this.#length.length);
        at += more.length;
        this.#length = Buffer.concat([this.#length, more]);
        if (this.#length.length < LENGTH) return true;
        this.#missing = this.#length.readUInt32LE();
        this.#length = NOTHING;
        if (this.#missing > MAX_FRAME) return false;
        if (bytes.length - at >= this.#missing && this.#missing > 0) {
          this.#handler.payload(bytes.subarray(at, at + this.#missing));
          at += this.#missing;
          this.#missing = 0;
        }
      } else {
        const part = bytes.subarray(at, at + this.#missing);
        at += part.length;
        this.#missing -= part.length;
        this.#lines(this.#joined(part));
        if (this.#missing === 0) this.#lastLine();
      }
    }
    return true;
  }

  /** With what was left of the last piece. */
  #joined(bytes: Buffer): Buffer {
    if (this.#rest.length === 0) return bytes;
    const joined = Buffer.concat([this.#rest, bytes]);
    this.#rest = NOTHING;
    return joined;
  }

  #lastLine(): void {
    if (this.#rest.length > 0 && !this.#skipping) this.#handler.payload(this.#rest);
    this.#rest = NOTHING;
    this.#skipping = false;
  }

  #lines(bytes: Buffer): void {
    let start = 0;
    if (this.#skipping) {
      const newline = bytes.indexOf(10);
      if (newline < 0) return;
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
  }
}
