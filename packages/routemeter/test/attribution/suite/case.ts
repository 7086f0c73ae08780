import type { Rig } from './rig.ts';

/** Named figures that must be equal. */
export type Figures = Record<string, number>;

/** What a case found beside what it should have found. */
export interface Outcome {
  name: string;
  /** How the attribution is wrong here, where no technique in pure JavaScript gets it right. */
  documented?: string;
  expected: Figures;
  measured: Figures;
  error?: string;
}

/** A situation in which several requests are in flight, and what must come out of it. */
export interface Case {
  name: string;
  documented?: string;
  /** Drives the requests. May return further figures to be compared. */
  run(rig: Rig): Promise<undefined | { expected: Figures; measured: Figures }>;
  /** How the figures differ from the truth by label, in a documented case. */
  wrong?: (truth: Figures) => Figures;
}
