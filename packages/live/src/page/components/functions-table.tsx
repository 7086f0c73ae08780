import type { Flame } from '../api/types.ts';
import { ms, percent, three, whole } from '../model/formatting.ts';
import {
  type ComparedRow,
  fits,
  functionKey,
  type Measure,
  measured,
  originWords,
  placeOf,
} from '../model/profile.ts';
import { HeadCell } from './head-cell.tsx';
import { Wire } from './wire.tsx';

interface Props {
  flame: Flame;
  rows: readonly ComparedRow[];
  by: Measure;
  /** Whether another profile stands beside. */
  isCompared: boolean;
  search: string;
}

const SHOWN = 40;

/** The functions by themselves: what they used, and what they used with all that they called. */
export function FunctionsTable({ flame, rows, by, isCompared, search }: Props) {
  // Most functions only call others: they are found by name, and in the flame graph.
  const wanted = rows.filter((row) =>
    search.trim() === '' ? row.part > 0 || (row.before ?? 0) > 0 : fits(row, search),
  );
  const unit = by === 'samples' ? undefined : 'ms';
  const figure = by === 'samples' ? whole : three;
  return (
    <table class="blocks functions">
      <caption class="unseen">
        Functions by {isCompared ? 'how much their share changed' : 'what they used themselves'}
      </caption>
      <thead>
        <tr>
          <th scope="col" class="b-name">
            Function
          </th>
          <HeadCell topic="fnSelf" class="num" title="self" {...(unit && { unit })} />
          <HeadCell topic="fnTotal" class="num f-total" title="total" {...(unit && { unit })} />
          <HeadCell topic="fnShare" class="num" title="share" unit="%" />
          {isCompared ? <HeadCell topic="fnBefore" class="num" title="other" unit="%" /> : null}
          <HeadCell class="f-place" title="where" />
        </tr>
      </thead>
      <tbody>
        {wanted.slice(0, SHOWN).map((row) => (
          <tr key={functionKey(row)}>
            <th scope="row" class="b-name" data-say={`${row.name}\n${row.file || originWords(row.origin)}`}>
              <Wire text={row.name} limit={120} />
            </th>
            <td class="num" tabIndex={0} data-say={selfLines(row)}>
              {figure(measured(row.self, by))}
            </td>
            <td class="num f-total">{figure(measured(row, by))}</td>
            <td class="num">~{percent(row.part)}</td>
            {isCompared ? <td class={changeClass(row)}>{percent(row.before)}</td> : null}
            <td class="f-place" data-say={row.file}>
              {row.file === '' ? originWords(row.origin) : <Wire text={placeOf(row)} limit={80} />}
            </td>
          </tr>
        ))}
        {wanted.length === 0 ? (
          <tr>
            <td class="muted">
              {flame.functions.length === 0 ? 'No function was sampled.' : 'None has that name.'}
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

function selfLines({ self, samples, cpu, stalled }: ComparedRow): string {
  return [
    `part:cpu CPU\tself ${ms(self.cpu)}\ttotal ${ms(cpu)}`,
    `part:stalled stalled\tself ${ms(self.stalled)}\ttotal ${ms(stalled)}`,
    `samples\tself ${whole(self.samples)}\ttotal ${whole(samples)}`,
  ].join('\n');
}

/** Beyond three points it is more than what chance does to a usual profile. */
function changeClass({ part, before }: ComparedRow): string {
  const change = part - (before ?? 0);
  if (Math.abs(change) < 0.03) return 'num muted';
  return change > 0 ? 'num f-more' : 'num f-less';
}
