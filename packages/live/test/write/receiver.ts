import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { snappyUncompress } from 'hysnappy';
import protobuf from 'protobufjs';

/**
 * A target of remote write that reads requests with other libraries than those they are written with, by the
 * messages as Prometheus' repository has them (prompb/types.proto, prompb/remote.proto).
 */
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  package prometheus;
  message WriteRequest { repeated TimeSeries timeseries = 1; reserved 2; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Histogram histograms = 4; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }
  message Histogram {
    oneof count { uint64 count_int = 1; double count_float = 2; }
    double sum = 3;
    sint32 schema = 4;
    double zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
    repeated BucketSpan negative_spans = 8;
    repeated sint64 negative_deltas = 9;
    repeated double negative_counts = 10;
    repeated BucketSpan positive_spans = 11;
    repeated sint64 positive_deltas = 12;
    repeated double positive_counts = 13;
    int32 reset_hint = 14;
    int64 timestamp = 15;
    repeated double custom_values = 16;
  }
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message Request { repeated string symbols = 4; repeated SymbolSeries timeseries = 5; reserved 1 to 3; }
  message SymbolSeries {
    repeated uint32 labels_refs = 1;
    repeated Sample samples = 2;
    repeated Histogram histograms = 3;
    Metadata metadata = 5;
  }
  message Metadata { int32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
  `,
  { keepCase: true },
);
const WriteRequest = root.lookupType('prometheus.WriteRequest');
/** `io.prometheus.write.v2.Request`, of prompb/io/prometheus/write/v2/types.proto. */
const Request = root.lookupType('prometheus.Request');
const TWO = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';

export interface Span {
  offset: number;
  length: number;
}

export interface NativeHistogram {
  count_int?: number;
  count_float?: number;
  sum: number;
  schema: number;
  zero_threshold: number;
  zero_count_int?: number;
  zero_count_float?: number;
  negative_spans: Span[];
  negative_deltas: number[];
  negative_counts: number[];
  positive_spans: Span[];
  positive_deltas: number[];
  positive_counts: number[];
  timestamp: number;
  custom_values: number[];
}

export interface WrittenSeries {
  labels: { name: string; value: string }[];
  samples: { value: number; timestamp: number }[];
  histograms: NativeHistogram[];
  /** Of 2.0: what its values are. */
  type?: number;
}

/** What a request says. */
export function decode(body: Uint8Array, contentType?: string): WrittenSeries[] {
  // The block format begins with the length of what was compressed, as a varint.
  let length = 0;
  for (let at = 0, shift = 1; ; at++, shift *= 128) {
    length += (body[at]! & 127) * shift;
    if (body[at]! < 128) break;
  }
  const raw = snappyUncompress(body, length);
  const options = { longs: Number, arrays: true, defaults: true };
  if (contentType !== TWO)
    return WriteRequest.toObject(WriteRequest.decode(raw), options).timeseries as WrittenSeries[];
  const { symbols, timeseries } = Request.toObject(Request.decode(raw), options) as SymbolRequest;
  if (symbols[0] !== '' || new Set(symbols).size < symbols.length) throw new Error('wrong symbols');
  return timeseries.map(({ labels_refs, metadata, ...series }) => ({
    ...series,
    type: metadata?.type ?? 0,
    labels: Array.from({ length: labels_refs.length / 2 }, (_, i) => ({
      name: symbols[labels_refs[2 * i]!]!,
      value: symbols[labels_refs[2 * i + 1]!]!,
    })),
  }));
}

interface SymbolRequest {
  symbols: string[];
  timeseries: (Pick<WrittenSeries, 'samples' | 'histograms'> & {
    labels_refs: number[];
    metadata: { type: number } | null;
  })[];
}

/** Answers as a target that reads these messages, and says so as the specification of 2.0 wants it. */
export function reads(...messages: readonly ('1.0' | '2.0')[]): Receiver['answer'] {
  return ({ headers: { 'content-type': type } }, res, body) => {
    const message = type === TWO ? '2.0' : '1.0';
    if (!messages.includes(message)) res.writeHead(415).end();
    else res.writeHead(204, message === '1.0' ? {} : writtenHeaders(decode(body, type))).end();
  };
}

export function writtenHeaders(series: readonly WrittenSeries[]): Record<string, string> {
  const count = (what: 'samples' | 'histograms') =>
    String(series.reduce((sum, one) => sum + one[what].length, 0));
  return {
    'x-prometheus-remote-write-samples-written': count('samples'),
    'x-prometheus-remote-write-histograms-written': count('histograms'),
    'x-prometheus-remote-write-exemplars-written': '0',
  };
}

/** `name{label="value",...}` with labels in the order of the wire. */
export function textOf({ labels }: Pick<WrittenSeries, 'labels'>, leave: readonly string[] = []): string {
  const name = labels.find((label) => label.name === '__name__')!.value;
  const others = labels.filter((label) => label.name !== '__name__' && !leave.includes(label.name));
  return `${name}{${others.map((label) => `${label.name}="${label.value}"`).join(',')}}`;
}

export interface Taken {
  url: string;
  headers: IncomingMessage['headers'];
  series: WrittenSeries[];
  bytes: number;
}

export interface Receiver {
  url: string;
  /** Requests that were answered with 2xx, in order. */
  taken: Taken[];
  /** All requests. */
  requests: number;
  /** Answers a request; by default 204. */
  answer: (req: IncomingMessage, res: ServerResponse, body: Uint8Array) => void;
  close(): Promise<void>;
}

export async function startReceiver(port = 0): Promise<Receiver> {
  const server = createServer((req, res) => {
    // Tests have clocks of their own.
    res.sendDate = false;
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      receiver.requests++;
      res.on('finish', () => {
        if (res.statusCode >= 300 || req.method !== 'POST') return;
        receiver.taken.push({
          url: req.url!,
          headers: req.headers,
          series: decode(body, req.headers['content-type']),
          bytes: body.length,
        });
      });
      receiver.answer(req, res, body);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: [],
    requests: 0,
    answer: (_req, res) => res.writeHead(204).end(),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}
