import { useState } from 'preact/hooks';
import { tellUnit } from '../api/client.ts';
import type { Metric, Unit } from '../api/types.ts';
import { UNIT_NAMES } from '../model/units.ts';
import { SelectFilter } from './select-filter.tsx';

/** What the values of a metric are, where the sender cannot say it or says it wrongly. */
export function UnitChoice({ metric }: { metric: Metric }) {
  const [refused, refuse] = useState('');
  const tell = (unit: string) => {
    if (unit === '') return;
    tellUnit(metric.name, unit as Unit).then(
      () => refuse(''),
      (error: Error) => refuse(error.message),
    );
  };
  return (
    <span>
      <SelectFilter
        label="unit"
        value={metric.unit ?? ''}
        options={Object.entries(UNIT_NAMES)}
        onChange={tell}
      />
      {refused ? (
        <span class="alarm" role="alert">
          {' '}
          {refused}
        </span>
      ) : null}
    </span>
  );
}
