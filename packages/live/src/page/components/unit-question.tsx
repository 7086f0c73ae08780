import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { tellUnit } from '../api/client.ts';
import type { RouteRow, Unit } from '../api/types.ts';
import { three, whole } from '../model/formatting.ts';
import { doubtOf, firstDoubt, UNIT_NAMES } from '../model/units.ts';
import { Wire } from './wire.tsx';

/** Metrics for which the question was answered: what the window holds from before is not asked about again. */
const answered = signal<ReadonlySet<string>>(new Set());

const OFFERED = ['s', 'us', 'ms'] as const satisfies readonly Unit[];

/** Asks what the values of a route are, where they cannot be milliseconds. */
export function UnitQuestion({ rows }: { rows: readonly RouteRow[] }) {
  const [refused, refuse] = useState('');
  const row = firstDoubt(rows, answered.value);
  if (!row) return null;
  const guess = doubtOf(row);
  const answer = (unit: Unit) =>
    tellUnit(row.metric, unit).then(
      () => {
        answered.value = new Set([...answered.value, row.metric]);
        refuse('');
      },
      (error: Error) => refuse(error.message),
    );
  return (
    <section class="notice unit-question" aria-label="Unit of a route">
      <p>
        <code>
          <Wire text={`${row.method} ${row.route}`.trim()} limit={80} />
        </code>{' '}
        reads {three(row.wall.p50)} ms for half of {whole(row.count)} requests: these cannot be milliseconds.
        What does <Wire text={row.metric} limit={80} /> send?
      </p>
      <p class="choices">
        {OFFERED.map((unit) => (
          <button
            key={unit}
            type="button"
            class={unit === guess ? 'button likely' : 'button'}
            onClick={() => answer(unit)}
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
