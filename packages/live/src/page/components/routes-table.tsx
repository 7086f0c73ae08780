import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { RouteRow as Row } from '../api/types.ts';
import { baseline, baselineRows } from '../model/baseline.ts';
import { services } from '../model/live.ts';
import { calmScale } from '../model/scale.ts';
import type { SortColumn } from '../model/sorting.ts';
import { held, order, type ShownRow, sortBy } from '../model/table.ts';
import { gridKeys } from './grid-keys.ts';
import { useNearRows } from './near-rows.ts';
import { FarRow, RouteRow } from './route-row.tsx';

interface Column {
  id: SortColumn | 'spark';
  title: string;
  /** Where the column is narrow. */
  brief?: string;
  unit?: string;
}

const COLUMNS: Column[] = [
  { id: 'route', title: 'Route' },
  { id: 'rate', title: 'rate', unit: '/s' },
  { id: 'p50', title: 'p50', unit: 'ms' },
  { id: 'p95', title: 'p95', unit: 'ms' },
  { id: 'p99', title: 'p99', unit: 'ms' },
  { id: 'err', title: 'err', unit: '%' },
  { id: 'cpu', title: 'CPU', unit: '%' },
  { id: 'time', title: 'where a request’s time goes', brief: 'time goes to', unit: 'ms' },
  { id: 'spark', title: 'p95, 5 min' },
];

interface Props {
  rows: ShownRow[];
  onLook(row: Row): void;
}

export function RoutesTable({ rows, onLook }: Props) {
  const scaleFor = useMemo(calmScale, []);
  const scale = scaleFor(rows.reduce((most, { row }) => Math.max(most, row.wall.mean), 0));
  const body = useRef<HTMLTableSectionElement>(null);
  useEffect(() => letGo, []);
  const near = useNearRows(body, rows.length);
  const showService = services.value.length > 1;
  return (
    <table class={baseline.value ? 'routes compared' : 'routes'} onKeyDown={gridKeys}>
      <caption class="unseen">Routes by the time spent in them. Arrow keys move between cells.</caption>
      <colgroup>
        {COLUMNS.map(({ id }) => (
          <col key={id} class={`c-${id}`} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <Heading key={column.id} column={column} />
          ))}
        </tr>
      </thead>
      <tbody
        ref={body}
        onPointerEnter={() => hold('pointer', true)}
        onPointerLeave={() => hold('pointer', false)}
        onFocusIn={() => hold('focus', true)}
        onFocusOut={(event) =>
          hold('focus', event.currentTarget.contains(event.relatedTarget as Node | null))
        }
      >
        {rows.map(({ key, row, gone }, index) => {
          const usual = { row, gone, showService, entry: index === 0 };
          if (index < near.from || index >= near.to) return <FarRow key={key} {...usual} />;
          return (
            <RouteRow
              key={key}
              {...usual}
              scale={scale}
              compared={baseline.value !== null}
              before={baselineRows.value.get(key)}
              onLook={onLook}
            />
          );
        })}
      </tbody>
    </table>
  );
}

const holders = new Set<string>();

function hold(by: 'pointer' | 'focus', on: boolean): void {
  if (on) holders.add(by);
  else holders.delete(by);
  held.value = holders.size > 0;
}

/** Whoever leaves the view through a row has left the table, though no event says so. */
function letGo(): void {
  holders.clear();
  held.value = false;
}

const SORTS = { true: 'descending', false: 'ascending' } as const;

function Heading({ column }: { column: Column }) {
  const { id, title, brief, unit } = column;
  const sorted = order.value.column === id;
  const words = (
    <>
      {brief ? (
        <>
          <span class="title-long">{title}</span>
          <span class="title-brief">{brief}</span>
        </>
      ) : (
        title
      )}
      {unit ? <small>{unit}</small> : null}
    </>
  );
  return (
    <th
      scope="col"
      class={`c-${id}${sorted ? ' sorted' : ''}`}
      aria-sort={sorted ? SORTS[`${order.value.descending}`] : undefined}
    >
      {id === 'spark' ? (
        <span tabIndex={0} data-help={id}>
          {words}
        </span>
      ) : (
        <button type="button" data-help={id} onClick={() => sortBy(id)}>
          {words}
          <svg class={order.value.descending ? 'arrow' : 'arrow up'} viewBox="0 0 8 8" aria-hidden="true">
            <path d="M1 2.5h6L4 6.5z" />
          </svg>
        </button>
      )}
    </th>
  );
}
