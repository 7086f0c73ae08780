import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Event, parseCheck, parseEvent, type ServiceCheck } from '../../src/ingest/events.ts';
import { type LineParser, SET, TYPE_NAMES } from '../../src/ingest/parser.ts';
import type { Reason } from '../../src/ingest/reasons.ts';
import { type Json, parse } from '../helpers.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../vectors/dogstatsd.json', import.meta.url), 'utf8'),
) as { vectors: Json[] };

/** What the parser made of one line, in the words of the vectors. */
function read(input: string): { found: Json[]; reasons: Reason[] } {
  const found: Json[] = [];
  const reasons: Reason[] = [];
  const struct = (parsed: Event | ServiceCheck | Reason) => {
    if (typeof parsed === 'string') return parsed;
    found.push({ ...parsed });
    return undefined;
  };
  parse(
    input,
    {
      metric: (line) => {
        found.push(metricOf(line));
        return undefined;
      },
      event: (bytes, start, end) => struct(parseEvent(Buffer.from(bytes.subarray(start, end)))),
      check: (bytes, start, end) => struct(parseCheck(Buffer.from(bytes.subarray(start, end)))),
      rejected: (_bytes, _start, _end, reason) => reasons.push(reason),
    },
    'strict',
  );
  return { found, reasons };
}

function metricOf(line: LineParser): Json {
  const text = (start: number, end: number) => Buffer.from(line.bytes.subarray(start, end)).toString();
  const tags = text(line.tagsStart, line.tagsEnd);
  return {
    kind: 'metric',
    name: text(line.nameStart, line.nameEnd),
    values: [...line.values.subarray(0, line.count)],
    type: TYPE_NAMES[line.type],
    tags: tags === '' ? [] : tags.split(','),
    sampleRate: line.rate,
    timestamp: line.timestamp === 0 ? null : line.timestamp,
    ...(line.type === SET ? { setValue: text(line.valueStart, line.valueEnd) } : {}),
  };
}

describe('the vectors of the Datadog Agent', () => {
  it.each(vectors.filter((one) => one.accept))('reads $input', ({ input, ...expected }) => {
    // Which container sent it is of no use to a local server.
    const { accept: _, src, requires, containerId, why, ...fields } = expected;
    const { found, reasons } = read(input);
    expect(reasons).toEqual([]);
    expect(found).toEqual([fields]);
  });

  it.each(vectors.filter((one) => !one.accept))('refuses $input', ({ input }) => {
    const { found, reasons } = read(input);
    expect(found).toEqual([]);
    expect(reasons).toHaveLength(1);
  });

  it('reads every accepted line out of one packet, whatever stands beside it', () => {
    for (const newline of ['\n', '\r\n', '\n\n']) {
      const { found, reasons } = read(`${vectors.map((one) => one.input).join(newline)}${newline}`);
      expect(found).toHaveLength(vectors.filter((one) => one.accept).length);
      expect(reasons).toHaveLength(vectors.filter((one) => !one.accept).length);
      for (const one of found) expect(JSON.stringify(one)).not.toContain('\\r');
    }
  });
});
