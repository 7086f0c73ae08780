import { writeSync } from 'node:fs';
import type { ErrorCode } from './catalogue.ts';

type Writer = (line: string) => void;

const KEY = Symbol.for('routemeter.v1.warned');
/** Warnings are distinct texts; past this many only the counters of `meter.stats()` tell. */
const MOST = 100;

function warned(): Set<string> {
  const root = globalThis as { [KEY]?: Set<string> };
  root[KEY] ??= new Set();
  return root[KEY];
}

let write: Writer = (line) => {
  try {
    // Not by `process.stderr`, which raises an error later, and so ends the process, when nobody reads it.
    writeSync(2, line);
  } catch {
    // A closed stderr must not reach the application.
  }
};

/** Writes one line to stderr, once per process for each `code` and `subject`. Never throws. */
export function warnOnce(code: ErrorCode, subject: string, text: string): void {
  const seen = warned();
  const key = `${code} ${subject}`;
  if (seen.has(key) || seen.size >= MOST) return;
  seen.add(key);
  write(`routemeter: ${text.replace(/[\r\n]+/g, ' ')} [${code}]\n`);
}

/** Redirects warnings, for tests. Returns a function that puts the former writer back. */
export function captureWarnings(to: Writer): () => void {
  const former = write;
  write = to;
  warned().clear();
  return () => {
    write = former;
  };
}
