import { hostname } from 'node:os';
import { LiveError } from '../errors.ts';
import type { LiveOptions } from '../options.ts';
import { cut, isReserved, labelOf } from '../prometheus/labels.ts';
import { HISTOGRAMS, type HistogramName } from '../write/histograms/kind.ts';
import { addressOf } from '../write/target/address.ts';
import type { WriterTuning } from '../write/writer.ts';
import { text } from './check.ts';
import { headersOf } from './headers.ts';

export interface WriteSettings {
  url: string;
  histograms: HistogramName | 'auto';
  labels: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string>>;
  tuning: WriterTuning;
}

/** Engines take 30 for a series, and those of the samples' tags come on top. */
const MAX_LABELS = 5;

export function writeSettings(options: LiveOptions): WriteSettings | undefined {
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
