/** What follows calls, where the library is required: so is this. */
import type { CallsPart } from './bundled.ts';

export function withCalls(use: (part: CallsPart) => void): void {
  // Left as it is by the build, for Node and for bundlers, which both know what to do.
  use(require('./routemeter-calls.cjs') as CallsPart);
}
