import { PbfWriter } from 'pbf';
import { compress } from 'snappyjs';
import { type EncodedLabels, writeLabel } from './labels.ts';

/** A request is closed beyond these. Prometheus sends 2000 samples at once; the bytes bound what compressing blocks. */
const MAX_SAMPLES = 2000;
const MAX_BYTES = 512 * 1024;

/** A request as it is sent. */
export interface Batch {
  body: Uint8Array;
  series: number;
  samples: number;
  /** Before compression. */
  rawBytes: number;
}

/** When series are written: the tick; the one before, where the old value goes first; and where zeros of new ones go. */
export interface Times {
  at: number;
  before: number | undefined;
  birth: number;
}

export type BucketLabel = readonly ['le' | 'vmrange', string];

/**
 * Builds requests of remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/): protobuf of
 * `prompb.WriteRequest`, compressed by snappy's block format. Field numbers are those of
 * https://github.com/prometheus/prometheus/blob/main/prompb/types.proto.
 */
export class RequestBuilder {
  readonly #onBatch: (batch: Batch) => void;
  #pbf = new PbfWriter(new Uint8Array(64 * 1024));
  #series = 0;
  #samples = 0;

  constructor(onBatch: (batch: Batch) => void) {
    this.#onBatch = onBatch;
  }

  /** One series with its value at a tick, and the value before where that has to stand first. */
  sample(
    labels: EncodedLabels,
    name: string,
    bucket: BucketLabel | undefined,
    times: { at: number; before: number | undefined },
    values: { readonly before: number; readonly now: number },
  ): void {
    this.series(labels, name, bucket, times.before === undefined ? 1 : 2, (pbf) => {
      if (times.before !== undefined) pbf.writeMessage(2, writeSample, [values.before, times.before]);
      pbf.writeMessage(2, writeSample, [values.now, times.at]);
    });
  }

  /** One series, whose samples or histograms are written by `write`. */
  series(
    labels: EncodedLabels,
    name: string,
    bucket: BucketLabel | undefined,
    samples: number,
    write: (pbf: PbfWriter) => void,
  ): void {
    this.#pbf.writeMessage(
      1,
      (_, pbf) => {
        writeLabels(pbf, labels, name, bucket);
        write(pbf);
      },
      undefined,
    );
    this.#series++;
    this.#samples += samples;
  }

  /** Closes the request if it is large enough; called between the parts that should stay in one. */
  divide(): void {
    if (this.#samples >= MAX_SAMPLES || this.#pbf.pos >= MAX_BYTES) this.flush();
  }

  flush(): void {
    if (this.#series === 0) return;
    const raw = this.#pbf.finish();
    this.#onBatch({
      body: compress(raw),
      series: this.#series,
      samples: this.#samples,
      rawBytes: raw.length,
    });
    this.#pbf = new PbfWriter(this.#pbf.buf);
    this.#series = 0;
    this.#samples = 0;
  }
}

/** `message Sample { double value = 1; int64 timestamp = 2; }` */
function writeSample([value, at]: readonly [number, number], pbf: PbfWriter): void {
  pbf.writeDoubleField(1, value);
  pbf.writeVarintField(2, at);
}

function writeLabels(
  pbf: PbfWriter,
  { bytes, nameAt, leAt, vmrangeAt }: EncodedLabels,
  name: string,
  bucket: BucketLabel | undefined,
): void {
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
