import type { Batch } from './request.ts';

/** Some hours of a host with fifty routes, a quarter of an hour of one with 5000 series. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_BATCHES = 4096;

/** Requests that wait, in order. Bounded: a tick that finds no room is not written, and the next one says the same. */
export class Queue {
  readonly #batches: Batch[] = [];
  readonly #maxBytes: number;
  bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#batches.length;
  }

  get isFull(): boolean {
    return this.bytes >= this.#maxBytes || this.#batches.length >= MAX_BATCHES;
  }

  get first(): Batch | undefined {
    return this.#batches[0];
  }

  /** Samples in all of them. */
  get samples(): number {
    return this.#batches.reduce((sum, { samples }) => sum + samples, 0);
  }

  push(batch: Batch): void {
    this.#batches.push(batch);
    this.bytes += batch.body.length;
  }

  /** Puts another in the place of the first: the same, written otherwise. */
  replaceFirst(batch: Batch): void {
    const before = this.#batches[0];
    if (before === undefined) return;
    this.#batches[0] = batch;
    this.bytes += batch.body.length - before.body.length;
  }

  shift(): void {
    const batch = this.#batches.shift();
    if (batch !== undefined) this.bytes -= batch.body.length;
  }

  clear(): void {
    this.#batches.length = 0;
    this.bytes = 0;
  }
}
