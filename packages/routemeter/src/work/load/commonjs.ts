/** What follows units of libraries, where the preload's other half is required: so is this. */
import type { UnitsPart } from './bundled.ts';

export function withUnits(use: (part: UnitsPart) => void): void {
  // Left as it is by the build, for Node and for bundlers, which both know what to do.
  use(require('./routemeter-units.cjs') as UnitsPart);
}
