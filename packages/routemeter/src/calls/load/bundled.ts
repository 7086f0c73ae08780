/** What follows calls, as part of a bundle, and of programs that are run as they are written: all of it. */
import * as part from '../index.ts';

export type CallsPart = typeof import('../index.ts');

/**
 * Hands over what follows calls. A build of its own, which is loaded when it is first asked for: most meters never
 * send calls, and start without it.
 */
export function withCalls(use: (part: CallsPart) => void): void {
  use(part);
}
