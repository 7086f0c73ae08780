import { jobName } from '../naming.ts';

/** A schedule as it stands in code; a date or a time is none. */
const EXPRESSION = /^[\w*/,#?@+ -]{1,60}$/;
/** What libraries call a job that has no name, and functions that are written in place. */
const UNNAMED = /^(?:<Anonymous Job .*|onTick|anonymous|)$/;

/**
 * The name of what runs on a schedule: the job's own, or else that of its function, or else its schedule as it stands
 * in code; `once` for what has none of them. Numbers, hashes and the like in names become `:id`.
 *
 * @example
 * scheduleName('nightly report', report, '0 3 * * *') // 'nightly report'
 * scheduleName(undefined, () => {}, '0 3 * * *') // '0 3 * * *'
 */
export function scheduleName(name: unknown, fn: unknown, expression?: unknown): string {
  const own = typeof fn === 'function' ? String(fn.name).replace(/^(?:bound )+/, '') : '';
  return shown(name) || shown(own) || (isExpression(expression) ? expression : 'once');
}

function isExpression(expression: unknown): expression is string {
  return typeof expression === 'string' && EXPRESSION.test(expression);
}

/** A name whose words are all values says nothing: it is one that a library made up. */
function shown(name: unknown): string {
  if (typeof name !== 'string' || UNNAMED.test(name)) return '';
  const found = jobName(name);
  return found === ':id' ? '' : found;
}
