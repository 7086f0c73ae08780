import { hostname } from 'node:os';
import { LiveError } from '../errors.ts';
import { cut, isReserved, labelOf } from '../prometheus/labels.ts';
import { HISTOGRAMS, type HistogramName } from '../write/histograms/kind.ts';
import { addressOf } from '../write/target/address.ts';
import type { WriterTuning } from '../write/writer.ts';
import { text } from './check.ts';
import { headersOf } from './headers.ts';

/** Options of the writer. */
export interface WriteOptions {
  /**
   * Prometheus-compatible engine that everything is written to every 10 s, as `http://127.0.0.1:8428`, or its
   * full address for remote write; see `docs/fleet.md`. Default none.
   */
  write?: string;
  /** How distributions are written. Default `auto`: the target is asked what it takes best. */
  writeHistograms?: HistogramName | 'auto';
  /** Labels of every series written, such as `{ service: 'shop' }`. `host` is `os.hostname()` unless given. */
  writeLabels?: Readonly<Record<string, string>>;
  /** Headers of every request of `write`, such as `{ 'X-Scope-OrgID': 'team' }`. Default none. */
  writeHeaders?: Readonly<Record<string, string>>;
  /** @internal Shorter times, for tests. */
  writeTuning?: WriterTuning;
}

export interface WriteSettings {
  url: string;
  histograms: HistogramName | 'auto';
  labels: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string>>;
  tuning: WriterTuning;
}

/** Engines take 30 for a series, and those of the samples' tags come on top. */
const MAX_LABELS = 5;

export function writeSettings(options: WriteOptions): WriteSettings | undefined {
  const { write, writeHistograms, writeLabels, writeHeaders, writeTuning = {} } = options;
  if (write === undefined) {
    const useless = Object.entries({ writeHistograms, writeLabels, writeHeaders }).find(
      ([, value]) => value !== undefined,
    );
    if (useless === undefined) return undefined;
    throw new LiveError('BAD_OPTION', `${useless[0]}: nothing is written; give an address with --write URL`);
  }
  const { authorization } = addressOf(text('write', write));
  const histograms = writeHistograms ?? 'auto';
  if (histograms !== 'auto' && !HISTOGRAMS.includes(histograms)) {
    throw new LiveError(
      'BAD_OPTION',
      `writeHistograms: ${JSON.stringify(histograms)} is not one of auto, ${HISTOGRAMS.join(', ')}`,
    );
  }
  const headers = headersOf('write', writeHeaders, authorization !== undefined);
  return { url: write, histograms, labels: fixedLabels(writeLabels ?? {}), headers, tuning: writeTuning };
}

function fixedLabels(given: Readonly<Record<string, string>>): Map<string, string> {
  const labels = new Map([['host', cut(hostname() || 'localhost')]]);
  for (const [name, value] of Object.entries(given)) {
    if (isReserved(name) || labelOf(name) !== name || name === '') {
      const why = isReserved(name) ? 'is given by the writer itself' : 'is not letters, digits and _';
      throw new LiveError('BAD_OPTION', `writeLabels: ${JSON.stringify(name)} ${why}; choose another name`);
    }
    labels.set(name, cut(text(`writeLabels: ${name}`, value)));
  }
  if (labels.size <= MAX_LABELS) return labels;
  throw new LiveError(
    'BAD_OPTION',
    `writeLabels: ${labels.size} labels are more than ${MAX_LABELS}, host included`,
  );
}
