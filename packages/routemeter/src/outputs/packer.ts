import type { Series } from '../series/index.ts';
import type { Dialect, Frame } from './dialects/dialect.ts';
import { Ledger } from './ledger.ts';
import { NUMBER_BYTES, numberBytes, OWN_BYTES, writeExact, writeOwn, writeOwns } from './number.ts';
import type { DropCause, Payload } from './payload.ts';
import type { Sink } from './sinks/sink.ts';

const NEWLINE = 10;
const COLON = 58;
/** Spare payload buffers kept for reuse; more are made under load and then let go. */
const SPARE = 32;

/** Fills payloads with lines, never splits a line over two, and sends each when it is full. */
export class Packer {
  readonly ledger = new Ledger();
  private readonly sink: Sink;
  private readonly pack: boolean;
  private readonly room: number;
  private readonly spare: Payload[] = [];
  private readonly scratch = Buffer.allocUnsafe(NUMBER_BYTES);
  private current: Payload;
  /** Of the bytes of the current payload. */
  private view: DataView;
  private opened = false;

  constructor(sink: Sink, pack: boolean) {
    this.sink = sink;
    this.pack = pack;
    this.room = sink.maxPayload - (sink.newline ? 1 : 0);
    this.current = this.take();
    this.view = viewOf(this.current);
  }

  write(frame: Frame, series: Series, counted: boolean, dialect: Dialect): void {
    const samples = counted ? series.samples : 0;
    if (frame.counts) {
      this.single(frame, series.samples, false, samples);
      return;
    }
    switch (series.id.type) {
      case 'gauge':
        if (series.value < 0 && frame.reset !== undefined)
          this.signed(frame, frame.reset, series.value, samples);
        else this.single(frame, series.value, series.id.own, samples);
        break;
      case 'count':
        this.single(frame, series.value, series.id.own, samples);
        break;
      case 'set':
        this.members(frame, series, counted, dialect);
        break;
      default:
        this.values(frame, series, counted);
    }
  }

  /** One whole line, its newline excluded. */
  line(text: Buffer, samples: number): void {
    if (!this.fit(text.length)) {
      this.ledger.drop('too_long', samples);
      return;
    }
    this.startLine();
    const payload = this.current;
    payload.length += text.copy(payload.buffer, payload.length);
    this.endLine(samples);
  }

  /** Hands the current payload over, full or not. */
  send(): void {
    const payload = this.current;
    if (payload.length === 0) return;
    if (this.sink.newline) payload.buffer[payload.length++] = NEWLINE;
    this.current = this.take();
    this.view = viewOf(this.current);
    if (!this.opened) {
      this.opened = true;
      this.sink.open(this.settle, (samples) => {
        this.ledger.unconfirmed += samples;
      });
    }
    this.sink.send(payload);
  }

  private readonly settle = (payload: Payload, cause: DropCause | null): void => {
    if (cause === null) {
      this.ledger.handed += payload.samples;
      this.ledger.lines += payload.lines;
      this.ledger.bytes += payload.length;
      this.ledger.payloads++;
    } else {
      this.ledger.drop(cause, payload.samples);
    }
    payload.length = payload.samples = payload.lines = 0;
    if (this.spare.length < SPARE) this.spare.push(payload);
  };

  private values(frame: Frame, series: Series, counted: boolean): void {
    const { values, length } = series;
    const own = series.id.own;
    const fixed = frame.head.length + frame.tail.length;
    let open = false;
    for (let i = 0; i < length; i++) {
      if (open && this.pack) {
        i = this.follow(series, i, this.room - frame.tail.length, counted);
        if (i === length) break;
      }
      const size = this.render(values[i]!, own);
      const payload = this.current;
      if (open && this.pack && payload.length + 1 + size + frame.tail.length <= this.room) {
        payload.buffer[payload.length++] = COLON;
      } else {
        if (open) this.closeValues(frame);
        open = this.fit(fixed + size);
        if (!open) {
          if (counted) this.ledger.drop('too_long', 1);
          continue;
        }
        this.startLine();
        this.current.length += frame.head.copy(this.current.buffer, this.current.length);
      }
      const target = this.current;
      target.length += this.scratch.copy(target.buffer, target.length, 0, size);
      if (counted) target.samples++;
    }
    if (open) this.closeValues(frame);
  }

  /**
   * The usual case: a number is short, and goes straight behind the one before.
   *
   * @returns the index of the first value that may not fit before `limit`.
   */
  private follow(series: Series, from: number, limit: number, counted: boolean): number {
    const payload = this.current;
    const { buffer } = payload;
    const { values, length } = series;
    const { own } = series.id;
    let at = payload.length;
    let i = from;
    if (own) {
      for (;;) {
        const until = Math.min(length, i + Math.floor((limit - at) / OWN_BYTES));
        if (until <= i) break;
        at = writeOwns(buffer, this.view, at, values, i, until);
        i = until;
      }
    } else {
      for (; i < length; i++) {
        const value = values[i]!;
        if (at + numberBytes(value, false) > limit) break;
        buffer[at++] = COLON;
        at = writeExact(buffer, at, value);
      }
    }
    payload.length = at;
    if (counted) payload.samples += i - from;
    return i;
  }

  /** Writes a value into the scratch buffer. @returns its bytes. */
  private render(value: number, own: boolean): number {
    // Servers without packed values have parsers of their own making.
    return own ? writeOwn(this.scratch, 0, value, this.pack) : writeExact(this.scratch, 0, value);
  }

  private closeValues(frame: Frame): void {
    const payload = this.current;
    payload.length += frame.tail.copy(payload.buffer, payload.length);
    this.endLine(0);
  }

  private single(frame: Frame, value: number, own: boolean, samples: number): void {
    // Finite counts can add up to more than there is.
    if (!Number.isFinite(value)) {
      this.ledger.drop('invalid', samples);
      return;
    }
    const size = this.render(value, own);
    if (!this.fit(frame.head.length + size + frame.tail.length)) {
      this.ledger.drop('too_long', samples);
      return;
    }
    this.startLine();
    const payload = this.current;
    payload.length += frame.head.copy(payload.buffer, payload.length);
    payload.length += this.scratch.copy(payload.buffer, payload.length, 0, size);
    payload.length += frame.tail.copy(payload.buffer, payload.length);
    this.endLine(samples);
  }

  /** Zero, then the negative value as a difference, both in one payload: no datagram may come between. */
  private signed(frame: Frame, reset: Buffer, value: number, samples: number): void {
    const size = writeExact(this.scratch, 0, value);
    const line = Buffer.concat([frame.head, this.scratch.subarray(0, size), frame.tail]);
    if (reset.length + 1 + line.length > this.room) {
      this.ledger.drop('too_long', samples);
      return;
    }
    this.fit(reset.length + 1 + line.length);
    this.line(reset, 0);
    this.line(line, samples);
  }

  /** A set is sent member by member; samples that named the same member travel with the first. */
  private members(frame: Frame, series: Series, counted: boolean, dialect: Dialect): void {
    let samples = counted ? series.samples : 0;
    for (const member of series.members ?? []) {
      const shown = dialect.member(member);
      if (shown === null) this.ledger.drop('unsupported', samples);
      else this.line(Buffer.concat([frame.head, Buffer.from(shown), frame.tail]), samples);
      samples = 0;
    }
  }

  /** Makes room for a line of `bytes`; false when no payload is large enough. */
  private fit(bytes: number): boolean {
    if (bytes > this.room) return false;
    const { length } = this.current;
    if (length > 0 && length + 1 + bytes > this.room) this.send();
    return true;
  }

  private startLine(): void {
    const payload = this.current;
    if (payload.length > 0) payload.buffer[payload.length++] = NEWLINE;
  }

  private endLine(samples: number): void {
    this.current.lines++;
    this.current.samples += samples;
  }

  private take(): Payload {
    return (
      this.spare.pop() ?? {
        buffer: Buffer.allocUnsafe(this.sink.maxPayload),
        length: 0,
        samples: 0,
        lines: 0,
      }
    );
  }
}

function viewOf({ buffer }: Payload): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
