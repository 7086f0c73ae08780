import { computed, signal } from '@preact/signals';
import type { RouteRow } from '../api/types.ts';
import { type Filter, matches } from './filtering.ts';
import { routes } from './live.ts';
import { amend, parameter } from './location.ts';
import { rowKey } from './rows.ts';
import { COLUMNS, DEFAULT_ORDER, type Order, type SortColumn, settle } from './sorting.ts';
import { narrowing } from './tag-filter.ts';

/** State of the routes table. Filter and order live in the URL, so that a view can be sent. */
const text = parameter('q');
const service = parameter('service');
const method = parameter('method');
const kind = parameter('kind');
const status = parameter('status');
const sort = parameter('sort');

export const filter = computed<Filter>(() => ({
  text: text.value,
  service: service.value,
  method: method.value,
  kind: kind.value,
  status: status.value,
}));

export const filtered = computed(() => narrowing.value !== '' || Object.values(filter.value).some(Boolean));

export const order = computed<Order>(() => {
  const [column, direction] = sort.value.split('.');
  if (!COLUMNS.includes(column as SortColumn)) return DEFAULT_ORDER;
  return { column: column as SortColumn, descending: direction !== 'up' };
});

/** A click on a header: numbers start at their largest, names at A; a second click turns round. */
export function sortBy(column: SortColumn): void {
  const now = order.value;
  const descending = now.column === column ? !now.descending : column !== 'route';
  const isDefault = column === DEFAULT_ORDER.column && descending === DEFAULT_ORDER.descending;
  amend({ sort: isDefault ? null : `${column}.${descending ? 'down' : 'up'}` });
}

/** The pointer or the keyboard is in the table: rows must not move. */
export const held = signal(false);

export interface ShownRow {
  key: string;
  row: RouteRow;
  /** It left the window while the table was held; its last numbers stay until it is let go. */
  gone: boolean;
}

let lastOrder: Order | undefined;
let lastShown: ShownRow[] = [];

export const shownRows = computed<ShownRow[]>(() => {
  const rows = routes.value.filter((row) => matches(row, filter.value));
  const present = new Set(rows.map(rowKey));
  const gone = held.value
    ? lastShown.filter(({ key, row }) => !present.has(key) && matches(row, filter.value))
    : [];
  const shown = lastOrder === order.value ? lastShown.map(({ key }) => key) : [];
  lastOrder = order.value;
  lastShown = settle(shown, [...rows, ...gone.map(({ row }) => row)], order.value, held.value).map((row) => {
    const key = rowKey(row);
    return { key, row, gone: !present.has(key) };
  });
  return lastShown;
});
