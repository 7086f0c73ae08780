/** What follows units of libraries, as part of a bundle, and of programs that are run as they are written: all of it. */
import * as part from '../installation.ts';

export type UnitsPart = typeof import('../installation.ts');

/**
 * Hands over what follows units of libraries. A build of its own, which is loaded when the first of these libraries is:
 * most servers have none, and start without it.
 */
export function withUnits(use: (part: UnitsPart) => void): void {
  use(part);
}
