import type { ProfiledUnit } from '../api/types.ts';
import { ms, percent, three, whole } from '../model/formatting.ts';
import { linkTo } from '../model/location.ts';
import { FEW_SAMPLES, type Measure, measured, unitHelp, unitTitle } from '../model/profile.ts';
import { HeadCell } from './head-cell.tsx';
import { Wire } from './wire.tsx';

interface Props {
  id: string;
  units: readonly ProfiledUnit[];
  by: Measure;
  wall: number;
}

/** Whose code ran while it was sampled; each opens its own flame graph. */
export function UnitsTable({ id, units, by, wall }: Props) {
  const most = Math.max(1e-9, ...units.map((unit) => measured(unit, by)));
  const sorted = [...units].sort((a, b) => measured(b, by) - measured(a, by));
  return (
    <table class="blocks units">
      <caption class="unseen">What ran while it was sampled, by what it used</caption>
      <thead>
        <tr>
          <th scope="col" class="b-name">
            Route
          </th>
          <HeadCell topic="unitCpu" class="num" title="CPU" unit="ms" />
          <HeadCell topic="unitStalled" class="num u-stalled" title="stalled" unit="ms" />
          <HeadCell topic="unitSamples" class="num u-samples" title="samples" />
          <HeadCell topic="unitBar" class="b-bar" title="of one core" />
        </tr>
      </thead>
      <tbody>
        {sorted.map((unit) => (
          <tr key={`${unit.kind} ${unit.method} ${unit.name}`}>
            <th scope="row" class="b-name" data-say={unitHelp(unit)}>
              <a href={linkToUnit(id, unit, by)} data-view>
                <Wire text={unitTitle(unit)} limit={160} />
              </a>
            </th>
            <td class="num">{three(unit.cpu)}</td>
            <td class="num u-stalled">{three(unit.stalled)}</td>
            <td class={unit.samples < FEW_SAMPLES ? 'num u-samples muted' : 'num u-samples'}>
              {whole(unit.samples)}
            </td>
            <td class="b-bar" data-say={barLines(unit, wall)}>
              <span class="nested" role="img" aria-label={`${percent(unit.cpu / wall)} % of one core`}>
                <i class="nested-block part-cpu" style={{ width: width(unit.cpu, most, by) }} />
                <i
                  class="nested-block part-stalled"
                  style={{ left: width(unit.cpu, most, by), width: width(unit.stalled, most, by) }}
                />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The link to the flame graph of a unit. */
export function linkToUnit(
  id: string,
  unit: Pick<ProfiledUnit, 'kind' | 'name' | 'method'>,
  by: Measure,
  part: { block?: string; pace?: string } = {},
): string {
  return linkTo('profile', {
    id,
    kind: unit.kind,
    method: unit.method,
    path: unit.name,
    ...part,
    by: by === 'time' ? '' : by,
  });
}

function width(ms: number, most: number, by: Measure): string {
  return `${(by === 'samples' ? 0 : (100 * Math.min(ms, most)) / most).toFixed(2)}%`;
}

function barLines({ cpu, stalled }: ProfiledUnit, wall: number): string {
  return [
    `part:cpu CPU\t${ms(cpu)}\t${percent(cpu / wall)} % of one core`,
    `part:stalled stalled\t${ms(stalled)}\t${percent(stalled / wall)} %`,
  ].join('\n');
}
