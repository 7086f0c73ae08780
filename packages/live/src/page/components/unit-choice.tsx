import { useState } from 'preact/hooks';
import { tellUnit } from '../api/client.ts';
import type { Metric, Unit } from '../api/types.ts';
import { UNIT_NAMES } from '../model/units.ts';

/** What the values of a metric are, where the sender cannot say it or says it wrongly. */
export function UnitChoice({ metric }: { metric: Metric }) {
  const [refused, refuse] = useState('');
  // What counts has no other unit.
  if (metric.type === 'count' || metric.type === 'set') return null;
  const tell = (unit: string) => {
    if (unit === '') return;
    tellUnit(metric.name, unit as Unit).then(
      () => refuse(''),
      (error: Error) => refuse(error.message),
    );
  };
  return (
    <span>
      <select
        class="select"
        aria-label="unit"
        value={metric.unit ?? ''}
        onChange={(event) => tell(event.currentTarget.value)}
      >
        {metric.unit === null ? <option value="">unit</option> : null}
        {Object.entries(UNIT_NAMES).map(([unit, words]) => (
          <option key={unit} value={unit}>
            {words}
          </option>
        ))}
      </select>
      {refused ? (
        <span class="alarm" role="alert">
          {' '}
          {refused}
        </span>
      ) : null}
    </span>
  );
}
