import type { BudgetMark as Mark } from '../api/types.ts';
import { clock, ms, percent, span, three } from '../model/formatting.ts';
import { update } from '../model/live.ts';

/** How far a route is over its budget, and since when. What is within it has no mark: nothing to look at. */
export function BudgetMark({ mark }: { mark: Mark | undefined }) {
  if (mark === undefined || mark.state !== 'over' || mark.worst.since === null) return null;
  const { measure, block, upstream, since } = mark.worst;
  const age = Math.max(0, ((update.value?.at ?? since) - since) / 1000);
  return (
    <span class={`budget ${mark.severity}`} data-say={budgetSays(mark)}>
      {block === null ? '' : 'block '}
      {upstream === null ? '' : 'upstream '}
      <span class="measure">{measure.replace('wall ', '')} </span>
      {howFar(mark)} <small>{span(age)}</small>
    </span>
  );
}

/** `1.5×`, or what it is where the limit is nothing at all. */
function howFar({ worst }: Mark): string {
  return worst.times === null ? amount(worst, worst.value) : `${three(worst.times)}×`;
}

function amount({ unit }: Mark['worst'], value: number | null): string {
  if (unit === 'calls') return value === null ? '-' : `${three(value)} per request`;
  return unit === 'share' ? `${percent(value)} %` : ms(value);
}

/** The budget in words, for the tooltip. */
export function budgetSays(mark: Mark): string {
  const { worst, over } = mark;
  const within = worst.block ?? worst.upstream;
  const what = within === null ? worst.measure : `${within.slice(0, 100)}: ${worst.measure}`;
  const lines = [
    `Over budget since ${worst.since === null ? '-' : clock(worst.since)}`,
    `${what}\t${amount(worst, worst.value)}`,
    `limit\t${amount(worst, worst.limit)}`,
  ];
  return over > 1 ? [...lines, `and ${over - 1} more of its limits`].join('\n') : lines.join('\n');
}
