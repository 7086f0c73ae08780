import { types } from 'node:util';
import { textOf } from './text.ts';
import { warnOnce } from './warning.ts';

/** Reports once that a function of the application's threw, and what happens instead. */
export function reportThrown(option: string, error: unknown, instead: string): void {
  warnOnce('RM_USER_CODE_THREW', option, `the "${option}" function threw (${textOf(error)}): ${instead}`);
}

/**
 * The answer of a function that is not waited for.
 *
 * @throws for a promise, whose rejection would end the process since nobody else handles it.
 */
export function atOnce<T>(answer: T): T {
  if (!types.isPromise(answer)) return answer;
  answer.catch(() => {});
  throw new TypeError('it answered a promise, which is not waited for');
}
