import type { ForwardAddress } from './address.ts';
import { Books, type ForwardStats } from './books.ts';
import { StreamTarget } from './stream.ts';
import { UdpTarget } from './udp.ts';

export type { ForwardStats } from './books.ts';

/** One place that lines are sent on to. */
export interface ForwardTarget {
  readonly books: Books;
  /** Takes whole lines. Never throws and never waits. */
  send(payload: Uint8Array): void;
  /** Waits a moment for what is on its way out. */
  close(): Promise<void>;
}

/** Sends every line on to every target. Whatever happens there, ingest goes on, and so do the other targets. */
export class Forwarder {
  readonly #targets: readonly ForwardTarget[];

  constructor(addresses: readonly ForwardAddress[], warn: (text: string) => void) {
    this.#targets = addresses.map((address) => open(address, new Books(address.url, warn)));
  }

  send(payload: Uint8Array): void {
    for (const target of this.#targets) target.send(payload);
  }

  /** A line of which there is no more than the beginning. */
  tooLong(): void {
    for (const { books } of this.#targets) books.dropped(1, 'a line was longer than 65536 bytes');
  }

  stats(): ForwardStats[] {
    return this.#targets.map(({ books }) => books.stats);
  }

  async close(): Promise<void> {
    await Promise.all(this.#targets.map((target) => target.close()));
  }
}

function open(address: ForwardAddress, books: Books): ForwardTarget {
  const { size } = address;
  if (address.kind === 'unixstream') {
    return new StreamTarget({ to: { path: address.path }, isFramed: address.isFramed, size }, books);
  }
  const { host, port } = address;
  if (address.kind === 'udp') return new UdpTarget({ host, port, size }, books);
  return new StreamTarget({ to: { host, port }, isFramed: false, size }, books);
}
