import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { RouteRow as Row } from '../api/types.ts';
import { baseline, baselineRows } from '../model/baseline.ts';
import type { HelpTopic } from '../model/help.ts';
import { services } from '../model/live.ts';
import { split } from '../model/rows.ts';
import { calmScale } from '../model/scale.ts';
import type { SortColumn } from '../model/sorting.ts';
import { held, order, type ShownRow, sortBy } from '../model/table.ts';
import { isTouch } from '../model/touch.ts';
import { gridKeys } from './grid-keys.ts';
import { useNameParts } from './name-parts.ts';
import { useNearRows } from './near-rows.ts';
import { FarRow, RouteRow } from './route-row.tsx';
import { SortArrow } from './sort-arrow.tsx';

interface Column {
  id: SortColumn | 'spark';
  title: string;
  /** Where the column is narrow. */
  brief?: string;
  unit?: string;
  /** Of the help; that of its id where there is none. */
  topic?: HelpTopic;
}

const TIME: Column = {
  id: 'time',
  title: 'where a request’s time goes',
  brief: 'time goes to',
  unit: 'ms',
};
/** Where some app sends it. */
const CLIENT: Column = { id: 'client', title: 'client p95', brief: 'client', unit: 'ms' };
/** Where other threads used CPU for some route. */
const REMOTE: Column = { id: 'remote', title: 'threads', unit: '%' };
/** Where no app sends the parts of its time. */
const MEAN: Column = { id: 'time', title: 'mean', unit: 'ms', topic: 'mean' };

const COLUMNS: Column[] = [
  { id: 'route', title: 'Route' },
  { id: 'rate', title: 'rate', unit: '/s' },
  { id: 'p50', title: 'p50', unit: 'ms' },
  { id: 'p95', title: 'p95', unit: 'ms' },
  { id: 'p99', title: 'p99', unit: 'ms' },
  CLIENT,
  { id: 'err', title: 'err', unit: '%' },
  { id: 'cpu', title: 'CPU', unit: '%' },
  REMOTE,
  TIME,
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
  const partsOf = useNameParts(rows.map(({ row }) => row.route));
  const showService = services.value.length > 1;
  const hasParts = rows.some(({ row }) => split(row) !== null);
  const hasClient = rows.some(({ row }) => row.client);
  const hasRemote = rows.some(({ row }) => row.cpuRemote);
  const columns = COLUMNS.filter(
    (column) => (hasClient || column !== CLIENT) && (hasRemote || column !== REMOTE),
  ).map((column) => (column === TIME && !hasParts ? MEAN : column));
  const looks = ['routes', baseline.value && 'compared', !hasParts && 'means'].filter(Boolean).join(' ');
  return (
    <table class={looks} onKeyDown={gridKeys}>
      <caption class="unseen">
        Routes by the time spent in them.{isTouch.value ? '' : ' Arrow keys move between cells.'}
      </caption>
      <colgroup>
        {columns.map(({ id }) => (
          <col key={id} class={`c-${id}`} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
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
        {rows.slice(0, near.shown).map(({ key, row, gone }, index) => {
          const usual = { row, gone, showService, entry: index === 0 };
          if (index < near.from || index >= near.to) return <FarRow key={key} {...usual} />;
          return (
            <RouteRow
              key={key}
              {...usual}
              parts={partsOf(row.route)}
              scale={scale}
              hasParts={hasParts}
              hasClient={hasClient}
              hasRemote={hasRemote}
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
  const { id, title, brief, unit, topic = id } = column;
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
        <button type="button" data-help={topic} onClick={() => sortBy(id)}>
          {words}
          <SortArrow descending={order.value.descending} />
        </button>
      )}
    </th>
  );
}
