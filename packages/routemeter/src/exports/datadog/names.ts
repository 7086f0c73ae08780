import { type Subject, unitTags } from '../../budgets/index.ts';
import { storedName, storedValue } from '../../outputs/index.ts';
import { callPlace } from '../calls.ts';

/** The tags of one call, for the scope of its metric. */
export function callScope(name: string): string[] {
  const { tags, withoutTables } = callPlace(name, '');
  const own = tags.map(([key, value]) => `${key}:${storedValue(value)}`);
  return withoutTables === undefined ? own : [...own, `!db_query_summary:${storedValue(withoutTables)}_*`];
}

/** The scope of a query: what stands in its braces. */
export function scope({ route, method = '' }: Subject, more: readonly string[] = []): string {
  const tags = route === undefined ? {} : unitTags({ route, method });
  const own = Object.entries(tags).map(([key, value]) => `${key}:${storedValue(value)}`);
  const all = [...own, ...more];
  return all.length === 0 ? '*' : all.join(',');
}

/** A metric's name as Datadog stores it. */
export function metricName(metric: string): string {
  return storedName(metric);
}
