import type { Subject } from '../../budgets/index.ts';

/**
 * A tag's value as Datadog stores it: lower case, letters, digits and `_-:./` kept, all else an underscore,
 * of which several become one and the last are cut
 * (https://docs.datadoghq.com/getting_started/tagging/).
 */
export function tagValue(value: string): string {
  return value
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\-:./]/gu, '_')
    .replace(/_+/g, '_')
    .slice(0, 200)
    .replace(/_+$/, '');
}

/** The scope of a query: what stands in its braces. */
export function scope({ route, method }: Subject, more: readonly string[] = []): string {
  const own =
    route === undefined ? [] : [`http_route:${tagValue(route)}`, `http_method:${tagValue(method ?? '')}`];
  const all = [...own, ...more];
  return all.length === 0 ? '*' : all.join(',');
}
