// @ts-expect-error: a script without types
import { prepare } from '../../scripts/lib/setup.mjs';

/** The benchmarks measure what is built; builds it where it is missing or old. */
export const built = (): Promise<void> => prepare();
