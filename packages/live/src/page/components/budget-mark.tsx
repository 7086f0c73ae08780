import type { BudgetMark as Mark } from '../api/types.ts';
import { clock, ms, percent, span, three } from '../model/formatting.ts';
import { update } from '../model/live.ts';

/** How far a route is over its budget, and since when. What is within it has no mark: nothing to look at. */
export function BudgetMark({ mark, one }: { mark: Mark | undefined; one: string }) {
  if (mark === undefined || mark.state !== 'over' || mark.worst.since === null) return null;
  const { measure, block, upstream, since } = mark.worst;
  const age = Math.max(0, ((update.value?.at ?? since) - since) / 1000);
  return (
    <span class={`budget ${mark.severity}`} data-say={budgetSays(mark, one)}>
      {block === null ? '' : 'block '}
      {upstream === null ? '' : 'upstream '}
      <span class="measure">{measure.replace('wall ', '')} </span>
      {howFar(mark, one)} <small>{span(age)}</small>
    </span>
  );
}

/** `1.5×`, or what it is where the limit is nothing at all. */
function howFar({ worst }: Mark, one: string): string {
  return worst.times === null ? amount(worst, worst.value, one) : `${three(worst.times)}×`;
}

function amount({ unit }: Mark['worst'], value: number | null, one: string): string {
  if (unit === 'calls') return value === null ? '-' : `${three(value)} per ${one}`;
  return unit === 'share' ? `${percent(value)} %` : ms(value);
}

/** The budget in words, for the tooltip; `one` is what its calls are counted per. */
export function budgetSays(mark: Mark, one: string): string {
  const { worst, over } = mark;
  const within = worst.block ?? worst.upstream;
  const what = within === null ? worst.measure : `${within.slice(0, 100)}: ${worst.measure}`;
  const lines = [
    `Over budget since ${worst.since === null ? '-' : clock(worst.since)}`,
    `${what}\t${amount(worst, worst.value, one)}`,
    `limit\t${amount(worst, worst.limit, one)}`,
  ];
  return over > 1 ? [...lines, `and ${over - 1} more of its limits`].join('\n') : lines.join('\n');
}
