import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Metric } from '../api/types.ts';
import { whole } from '../model/formatting.ts';
import { update } from '../model/live.ts';
import { place } from '../model/location.ts';
import { metricKey } from '../model/metric.ts';
import { inPlaces, type MetricOrder, orderMetrics } from '../model/metric-order.ts';
import { gridKeys } from './grid-keys.ts';
import { MetricRow } from './metric-row.tsx';
import { MetricsHead } from './metrics-head.tsx';
import { useNameParts } from './name-parts.ts';
import { useVirtualRows } from './virtual-rows.ts';

interface Props {
  /** Those that fit, of so many. */
  metrics: readonly Metric[];
  all: number;
  chosen: string;
  order: MetricOrder;
}

/** As the style sheet has them. */
const ROW_HEIGHT = 32;
const HEAD_HEIGHT = 33;

/** Where the list was when its view was left. */
let lastTop = 0;

/** All metrics: what each is now, how often it comes, and what it costs. Only rows in sight are in the document. */
export function MetricsList({ metrics, all, chosen, order }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const shown = useShown(metrics, order);
  const partsOf = useNameParts(useMemo(() => metrics.map(({ name }) => name), [metrics]));
  const [focused, focus] = useState<string | null>(null);
  const indexOf = (key: string | null) =>
    key === null ? -1 : shown.list.findIndex((one) => metricKey(one) === key);
  const kept = indexOf(focused);
  const rows = useVirtualRows(box, {
    count: shown.list.length,
    height: ROW_HEIGHT,
    head: HEAD_HEIGHT,
    kept,
  });
  useFirstPlace(box, indexOf(chosen));
  const jump = useJump(box, rows.show);

  if (all === 0) return null;
  const custom = metrics.reduce((sum, metric) => sum + metric.customMetrics, 0);
  const { query } = place.value;
  const listState = { q: query.get('q'), sort: query.get('sort') };
  const entry = Math.max(0, kept >= 0 ? kept : indexOf(chosen));
  const at = update.peek()?.at ?? Date.now();
  const keys = (event: KeyboardEvent) => {
    const cell = (event.target as Element).closest<HTMLElement>('[data-cell]');
    const isFar = event.key === 'Home' || event.key === 'End';
    if (!cell || !isFar || event.ctrlKey || event.metaKey || event.altKey) return gridKeys(event);
    event.preventDefault();
    jump(event.key === 'Home' ? 0 : shown.list.length - 1, cell.dataset.cell!);
  };
  return (
    <div class="explorer-list">
      <p class="muted">
        {metrics.length === all ? whole(all) : `${whole(metrics.length)} of ${whole(all)}`} metrics,{' '}
        <span tabIndex={0} data-help="customMetrics">
          {whole(custom)} custom {custom === 1 ? 'metric' : 'metrics'}
        </span>
        {chosen ? null : '. Choose one to see it over time.'}
      </p>
      <div class="metrics-box" ref={box}>
        <table
          class="metrics"
          aria-rowcount={shown.list.length + 1}
          onKeyDown={keys}
          onPointerEnter={() => shown.hold('pointer', true)}
          onPointerLeave={() => shown.hold('pointer', false)}
          onFocusIn={(event) => {
            shown.hold('focus', true);
            focus((event.target as Element).closest('tr')?.dataset.key ?? null);
          }}
          onFocusOut={(event) => {
            if (event.currentTarget.contains(event.relatedTarget as Node | null)) return;
            shown.hold('focus', false);
            focus(null);
          }}
        >
          <caption class="unseen">Metrics</caption>
          <MetricsHead order={order} />
          <tbody>
            {rows.items.flatMap(({ index, gap }) => {
              const metric = shown.list[index];
              if (!metric) return [];
              const key = metricKey(metric);
              const row = (
                <MetricRow
                  key={key}
                  metric={metric}
                  parts={partsOf(metric.name)}
                  index={index}
                  entry={index === entry}
                  chosen={key === chosen}
                  at={at}
                  listState={listState}
                />
              );
              return gap > 0 ? [<Gap key={`before ${index}`} height={gap} />, row] : [row];
            })}
            {rows.behind > 0 ? <Gap key="behind" height={rows.behind} /> : null}
          </tbody>
        </table>
        {metrics.length === 0 ? <p class="nothing small">No name fits.</p> : null}
      </div>
    </div>
  );
}

/** Rows that are not in the document. */
const Gap = ({ height }: { height: number }) => <tr class="gap" style={{ height: `${height}px` }} />;

/** The metrics in their order; while the pointer or the keyboard is in the list, they keep their places. */
function useShown(metrics: readonly Metric[], order: MetricOrder) {
  const holders = useRef(new Set<string>());
  const last = useRef<{ order: string; places: Map<string, number> } | null>(null);
  const list = useMemo(() => {
    const orderKey = `${order.column} ${order.descending}`;
    const isHeld = holders.current.size > 0 && last.current?.order === orderKey;
    const next = isHeld ? inPlaces(metrics, last.current!.places) : orderMetrics(metrics, order);
    const isByName = order.column === 'name' || order.column === 'type';
    // By name nothing moves by itself: there are no places to remember.
    const places = isByName ? [] : next.map((metric, index) => [metricKey(metric), index] as const);
    last.current = isByName ? null : { order: orderKey, places: new Map(places) };
    return next;
  }, [metrics, order.column, order.descending]);
  const hold = (by: string, on: boolean) => {
    if (on) holders.current.add(by);
    else holders.current.delete(by);
  };
  return { list, hold };
}

/** Back where the list was left, or at the metric that a link names. */
function useFirstPlace(box: { current: HTMLElement | null }, chosen: number): void {
  const placed = useRef(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || placed.current) return;
    placed.current = true;
    const [top, room] = [chosen * ROW_HEIGHT, element.clientHeight - HEAD_HEIGHT - ROW_HEIGHT];
    const isInSight = chosen < 0 || (top >= lastTop && top <= lastTop + room);
    element.scrollTop = isInSight ? lastTop : top - room / 2;
  });
  useLayoutEffect(
    () => () => {
      lastTop = box.current?.scrollTop ?? lastTop;
    },
    [],
  );
}

/** Goes to a row that may not be in the document yet, and focuses a cell of it once it is. */
function useJump(box: { current: HTMLElement | null }, show: (index: number) => void) {
  const wanted = useRef<{ index: number; cell: string } | null>(null);
  useLayoutEffect(() => {
    const { index, cell } = wanted.current ?? {};
    const row = box.current?.querySelector(`tr[aria-rowindex="${(index ?? -2) + 2}"]`);
    if (!row) return;
    wanted.current = null;
    row.querySelector<HTMLElement>(`[data-cell="${cell}"]`)?.focus({ preventScroll: true });
  });
  return (index: number, cell: string) => {
    wanted.current = { index, cell };
    show(index);
    const row = box.current?.querySelector(`tr[aria-rowindex="${index + 2}"] [data-cell="${cell}"]`);
    if (row) {
      wanted.current = null;
      (row as HTMLElement).focus({ preventScroll: true });
    }
  };
}
