/** What follows calls, where the library is imported: the CommonJS build, since a meter is made without waiting. */
import { textOf, warnOnce } from '../../errors/index.ts';
import { requireBeside } from '../../platform/index.ts';
import type { CallsPart } from './bundled.ts';

export function withCalls(use: (part: CallsPart) => void): void {
  const part = requireBeside('routemeter-calls.cjs') as CallsPart | null;
  if (part !== null) {
    use(part);
    return;
  }
  // Part of a bundle of a bundler that does not ask for `bundled.ts`, as ncc: calls are followed once this has come.
  import('../index.ts').then(use).catch((error: unknown) => {
    warnOnce('RM_INTERNAL', 'calls', `calls cannot be followed: ${textOf(error)}`);
  });
}
