import type { Series, SeriesId } from '../series/index.ts';
import type { Dialect, Frame } from './dialects/dialect.ts';
import type { Ledger } from './ledger.ts';
import type { Naming } from './naming/naming.ts';
import { Packer } from './packer.ts';
import type { DropCause } from './payload.ts';
import type { Sink } from './sinks/sink.ts';

export interface OutputOptions {
  naming: Naming;
  dialect: Dialect;
  sink: Sink;
  /** Several samples in one line, which not every server reads. */
  pack: boolean;
  /** Sends the loop split too. */
  breakdown: boolean;
  /** Sends the address and port of the server that took a request. Default false. */
  servers?: boolean;
  /** Kinds of calls to upstreams that are sent. */
  upstreams: readonly string[];
  /** Sends how long the loop kept requests waiting. Default false. */
  delay?: boolean;
}

/** One way out of a meter: names for people, a wire format, a sink, and the books of what went through. */
export class Output {
  readonly ledger: Ledger;
  private readonly options: OutputOptions;
  private readonly packer: Packer;
  /** Where this output keeps its frames in `series.rendered`. */
  private readonly slot: number;

  constructor(slot: number, options: OutputOptions) {
    this.slot = slot;
    this.options = options;
    this.packer = new Packer(options.sink, options.pack);
    this.ledger = this.packer.ledger;
  }

  get url(): string {
    return this.options.sink.url;
  }

  get dialect(): Dialect {
    return this.options.dialect;
  }

  get wantsBreakdown(): boolean {
    return this.options.breakdown;
  }

  get wantsServers(): boolean {
    return this.options.servers === true;
  }

  /** Whether this output sends a series at all. */
  takes(id: SeriesId): boolean {
    const { breakdown, upstreams, delay = false } = this.options;
    return (
      (breakdown || !id.breakdown) &&
      (delay || id.delay !== true) &&
      (id.calls === undefined || upstreams.includes(id.calls))
    );
  }

  get wantsDelay(): boolean {
    return this.options.delay === true;
  }

  get upstreams(): readonly string[] {
    return this.options.upstreams;
  }

  /** Writes what waits in a series; the caller clears it after all outputs have written. */
  write(series: Series): void {
    if (!this.takes(series.id)) return;
    this.ledger.taken += series.samples;
    const frames = this.frames(series);
    if (frames.length === 0) {
      this.ledger.drop('unnamed', series.samples);
      return;
    }
    for (let i = 0; i < frames.length; i++) {
      // Several names of one series: its samples count once in the books.
      this.packer.write(frames[i]!, series, i === 0, this.options.dialect);
    }
  }

  /** Writes one ready line, for what is not aggregated: events, checks, samples with a timestamp. */
  line(text: string): void {
    this.ledger.taken++;
    this.packer.line(Buffer.from(text), 1);
  }

  /** Counts a sample that this output has no way to send. */
  refuse(cause: DropCause): void {
    this.ledger.taken++;
    this.ledger.drop(cause, 1);
  }

  frame(id: SeriesId): readonly Frame[] {
    const { naming, dialect } = this.options;
    return naming.render(this.shown(id)).map(({ name, tags, type, counts }) => {
      const frame = dialect.frame(name, tags, type ?? id.type, id.rate);
      return counts ? { ...frame, counts } : frame;
    });
  }

  /** The series with the tags that this output sends. */
  private shown(id: SeriesId): SeriesId {
    const { breakdown, servers } = this.options;
    const tags = id.tags.filter(
      ({ origin }) => (origin !== 'detail' || breakdown) && (origin !== 'server' || servers === true),
    );
    return tags.length === id.tags.length ? id : { ...id, tags };
  }

  private frames(series: Series): readonly Frame[] {
    return (series.rendered[this.slot] ??= this.frame(series.id)) as readonly Frame[];
  }

  /** Sends the payload that is not full. */
  tick(): void {
    this.packer.send();
  }

  async flush(): Promise<void> {
    this.packer.send();
    await this.options.sink.flush();
  }

  flushSync(waitMs: number): void {
    this.packer.send();
    this.options.sink.flushSync(waitMs);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.options.sink.close();
  }
}
