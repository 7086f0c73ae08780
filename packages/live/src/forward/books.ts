/** What became of the lines that should be sent on to one target; what `/api/stats` tells of it. */
export interface ForwardStats {
  url: string;
  /** Lines that were handed over. */
  lines: number;
  /** Datagrams, or writes to a stream, that they went in. */
  payloads: number;
  /** Lines that could not be handed over. */
  failed: number;
  /** Lines that found no room to wait, or are longer than can be sent. */
  dropped: number;
}

/** The books of one target. The first loss of each kind is told, with what it was. */
export class Books {
  readonly stats: ForwardStats;
  readonly #warn: (text: string) => void;
  readonly #told = new Set<string>();

  constructor(url: string, warn: (text: string) => void) {
    this.stats = { url, lines: 0, payloads: 0, failed: 0, dropped: 0 };
    this.#warn = warn;
  }

  sent(lines: number): void {
    this.stats.lines += lines;
    this.stats.payloads++;
  }

  failed(lines: number, why: string): void {
    this.stats.failed += lines;
    this.#tell('failed', lines, why);
  }

  dropped(lines: number, why: string): void {
    this.stats.dropped += lines;
    this.#tell('dropped', lines, why);
  }

  #tell(kind: 'failed' | 'dropped', lines: number, why: string): void {
    if (lines === 0 || this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#warn(`--forward: lines to ${this.stats.url} are lost: ${why}; /api/stats counts them`);
  }
}
