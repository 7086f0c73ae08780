import { shared } from '../attribution/shared.ts';

/** Who is told that this process begins its work by a unit that is no request. */
export interface FirstUnit {
  /** Called once, soon after the first one began; null where nobody waits for it. */
  act: (() => void) | null;
}

export function firstUnit(): FirstUnit {
  return shared('firstUnit', () => ({ act: null }));
}
