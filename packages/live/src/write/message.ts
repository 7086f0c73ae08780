import type { Answer } from './target/exchange.ts';

/** The two messages of remote write, by the versions of its specification. */
export type MessageName = '1.0' | '2.0';

/** What a request says of its body. */
export const MESSAGE_HEADERS: Readonly<Record<MessageName, Readonly<Record<string, string>>>> = {
  '1.0': {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
  },
  '2.0': {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '2.0.0',
  },
};

const SAMPLES = 'x-prometheus-remote-write-samples-written';
const HISTOGRAMS = 'x-prometheus-remote-write-histograms-written';
const NOT_THIS_TYPE = 415;

/**
 * Whether a target cannot read the message. To a reader of 1.0 a request of 2.0 is an empty one, which it may well
 * take: who reads 2.0 says how much was written.
 */
export function isUnread(message: MessageName, { status, headers }: Answer): boolean {
  if (status === NOT_THIS_TYPE) return true;
  return message === '2.0' && status >= 200 && status < 300 && headers[SAMPLES] === undefined;
}

/** Of a request of 2.0 that was refused, what was written all the same. */
export function writtenOf({ headers }: Answer): number {
  const count = (name: string) => Number.parseInt(String(headers[name] ?? 0), 10) || 0;
  return count(SAMPLES) + count(HISTOGRAMS);
}
