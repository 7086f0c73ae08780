import { PbfWriter } from 'pbf';
import { compress } from 'snappyjs';
import { type EncodedLabels, writeLabel } from './labels.ts';
import type { MessageName } from './message.ts';
import { Symbols } from './symbols.ts';

/** A request is closed beyond these. Prometheus sends 2000 samples at once; the bytes bound what compressing blocks. */
const MAX_SAMPLES = 2000;
const MAX_BYTES = 512 * 1024;

/** A request as it is sent. */
export interface Batch {
  message: MessageName;
  body: Uint8Array;
  samples: number;
}

/** When series are written: the tick; the one before, where the old value goes first; and where zeros of new ones go. */
export interface Times {
  at: number;
  before: number | undefined;
  birth: number;
}

export type BucketLabel = readonly ['le' | 'vmrange', string];

/** What a series is called, and what its values are. */
export interface Head {
  labels: EncodedLabels;
  name: string;
  type: SeriesType;
  bucket?: BucketLabel;
}

export type SeriesType = keyof typeof TYPES;

/** `enum MetricType` of remote write 2.0. */
const TYPES = { counter: 1, gauge: 2, histogram: 3 } as const;
/** Fields of `message TimeSeries`. */
const FIELDS = {
  '1.0': { samples: 2, histograms: 4 },
  '2.0': { samples: 2, histograms: 3 },
} as const;

/**
 * Builds requests of remote write, compressed by snappy's block format. Field numbers are those of
 * https://github.com/prometheus/prometheus/blob/main/prompb/types.proto for 1.0
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/), and of
 * https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto for 2.0
 * (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/).
 */
export class RequestBuilder {
  readonly #messageNow: () => MessageName;
  readonly #onBatch: (batch: Batch) => void;
  #message: MessageName = '1.0';
  #pbf = new PbfWriter(new Uint8Array(64 * 1024));
  #symbols = new Symbols();
  #series = 0;
  #samples = 0;

  /** @param messageNow asked at the beginning of each request. */
  constructor(messageNow: () => MessageName, onBatch: (batch: Batch) => void) {
    this.#messageNow = messageNow;
    this.#onBatch = onBatch;
  }

  /** One series with its value at a tick, and the value before where that has to stand first. */
  sample(
    head: Head,
    times: { at: number; before: number | undefined },
    values: { readonly before: number; readonly now: number },
  ): void {
    this.#add(head, times.before === undefined ? 1 : 2, (pbf, { samples }) => {
      if (times.before !== undefined) pbf.writeMessage(samples, writeSample, [values.before, times.before]);
      pbf.writeMessage(samples, writeSample, [values.now, times.at]);
    });
  }

  /** One series of native histograms, each written by `write`. */
  histograms<T>(head: Head, all: readonly T[], write: (one: T, pbf: PbfWriter) => void): void {
    this.#add(head, all.length, (pbf, { histograms }) => {
      for (const one of all) pbf.writeMessage(histograms, write, one);
    });
  }

  #add(
    head: Head,
    samples: number,
    write: (pbf: PbfWriter, fields: (typeof FIELDS)[MessageName]) => void,
  ): void {
    if (this.#series === 0) this.#message = this.#messageNow();
    const fields = FIELDS[this.#message];
    if (this.#message === '1.0') {
      this.#pbf.writeMessage(
        1,
        (_, pbf) => {
          writeLabels(pbf, head);
          write(pbf, fields);
        },
        undefined,
      );
    } else {
      const refs = refsOf(head, this.#symbols);
      this.#pbf.writeMessage(
        5,
        (_, pbf) => {
          pbf.writePackedVarint(1, refs);
          write(pbf, fields);
          pbf.writeMessage(5, writeMetadata, TYPES[head.type]);
        },
        undefined,
      );
    }
    this.#series++;
    this.#samples += samples;
  }

  /** Closes the request if it is large enough; called between the parts that should stay in one. */
  divide(): void {
    const bytes = this.#pbf.pos + this.#symbols.bytes;
    if (this.#samples >= MAX_SAMPLES || bytes >= MAX_BYTES) this.flush();
  }

  flush(): void {
    if (this.#series === 0) return;
    const series = this.#pbf.finish();
    const message = this.#message;
    // Texts come first: a reader that goes through the message once knows them by then.
    const raw = message === '1.0' ? series : Buffer.concat([this.#symbols.finish(), series]);
    this.#onBatch({ message, body: compress(raw), samples: this.#samples });
    this.#pbf = new PbfWriter(this.#pbf.buf);
    this.#symbols = new Symbols();
    this.#series = 0;
    this.#samples = 0;
  }
}

/** `message Sample { double value = 1; int64 timestamp = 2; }` */
function writeSample([value, at]: readonly [number, number], pbf: PbfWriter): void {
  pbf.writeDoubleField(1, value);
  pbf.writeVarintField(2, at);
}

/** `message Metadata { MetricType type = 1; }` */
function writeMetadata(type: number, pbf: PbfWriter): void {
  pbf.writeVarintField(1, type);
}

function writeLabels(pbf: PbfWriter, { labels, name, bucket }: Head): void {
  const { bytes, nameAt, leAt, vmrangeAt } = labels;
  const append = (from: number, to: number) => {
    if (from === to) return;
    pbf.realloc(to - from);
    pbf.buf.set(bytes.subarray(from, to), pbf.pos);
    pbf.pos += to - from;
  };
  append(0, nameAt);
  pbf.writeMessage(1, writeLabel, ['__name__', name]);
  if (bucket === undefined) {
    append(nameAt, bytes.length);
    return;
  }
  const at = bucket[0] === 'le' ? leAt : vmrangeAt;
  append(nameAt, at);
  pbf.writeMessage(1, writeLabel, bucket);
  append(at, bytes.length);
}

/** `repeated uint32 labels_refs = 1` */
function refsOf({ labels, name, bucket }: Head, symbols: Symbols): number[] {
  const { texts, nameIndex, leIndex, vmrangeIndex } = labels;
  const bucketIndex = bucket === undefined ? -1 : bucket[0] === 'le' ? leIndex : vmrangeIndex;
  const refs: number[] = [];
  for (let i = 0; i <= texts.length; i++) {
    if (i === nameIndex) refs.push(symbols.ref('__name__'), symbols.ref(name));
    if (i === bucketIndex) refs.push(symbols.ref(bucket![0]), symbols.ref(bucket![1]));
    if (i < texts.length) refs.push(symbols.ref(texts[i]!));
  }
  return refs;
}
