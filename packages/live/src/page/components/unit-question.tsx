import { useState } from 'preact/hooks';
import { tellUnit } from '../api/client.ts';
import type { RouteRow, Unit } from '../api/types.ts';
import { three, whole } from '../model/formatting.ts';
import { UNIT_NAMES } from '../model/units.ts';
import { Wire } from './wire.tsx';

/** The likeliest first: of values that are too small, of those that are too large. */
const SMALL = ['s', 'us', 'ms'] as const satisfies readonly Unit[];
const LARGE = ['ns', 'us', 'ms'] as const satisfies readonly Unit[];

/** Asks what the values of a route are, where they cannot be milliseconds; goes away once that is told. */
export function UnitQuestion({ rows }: { rows: readonly RouteRow[] }) {
  const [refused, refuse] = useState('');
  const row = rows.find(({ asksUnit }) => asksUnit);
  if (!row) return null;
  const { p50, p95 } = row.wall;
  const isLarge = (p50 ?? 0) > 1;
  const tell = (unit: Unit) =>
    tellUnit(row.metric, unit).then(
      () => refuse(''),
      (error: Error) => refuse(error.message),
    );
  return (
    <section class="notice unit-question" aria-label="Unit of a route">
      <p>
        <code>
          <Wire text={`${row.method} ${row.route}`.trim()} limit={80} />
        </code>{' '}
        {isLarge
          ? `reads ${three(p50)} ms or more for half of`
          : `reads ${three(p95)} ms or less for 95 of 100 of`}{' '}
        its {whole(row.count)} requests: these cannot be milliseconds. What does{' '}
        <Wire text={row.metric} limit={80} /> send?
      </p>
      <p class="choices">
        {(isLarge ? LARGE : SMALL).map((unit, index) => (
          <button
            key={unit}
            type="button"
            class={index === 0 ? 'button likely' : 'button'}
            onClick={() => tell(unit)}
          >
            {UNIT_NAMES[unit]}
          </button>
        ))}
      </p>
      {refused ? (
        <p class="alarm" role="alert">
          {refused}
        </p>
      ) : null}
    </section>
  );
}
