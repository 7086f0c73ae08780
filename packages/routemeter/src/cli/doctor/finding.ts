/**
 * `ok`: as it should be. `note`: worth knowing. `unknown`: cannot be known. `problem`: something does
 * not work as it stands.
 */
export type Level = 'ok' | 'note' | 'unknown' | 'problem';

/** One thing the doctor found. */
export interface Finding {
  /** What was looked at, the same word for the same thing in every version. */
  check: 'node' | 'framework' | 'unit' | 'configuration' | 'target' | 'cpu' | 'neighbour' | 'command';
  level: Level;
  /** One line for people. */
  text: string;
  /** The same for programs. */
  facts: Readonly<Record<string, unknown>>;
}
