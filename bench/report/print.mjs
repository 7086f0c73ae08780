// The results of one part as text for a terminal.
import { table } from '../../scripts/lib/table.mjs';
import { sectionOf } from './sections.mjs';
import { summaryOf } from './summary.mjs';

export function print(result) {
  const summary = summaryOf({ [result.part]: result });
  const { tables, missing } = sectionOf(result.part, summary);
  return [
    ...tables.map(({ title, about, headers, rows, after }) =>
      [about ? `${title} (${about})` : title, table(headers, rows), after ?? ''].join('\n'),
    ),
    ...Object.entries(missing).map(([name, why]) => `missing: ${name}: ${why}`),
  ].join('\n');
}
