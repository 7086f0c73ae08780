import { useMemo } from 'preact/hooks';
import type { RouteRow as Row } from '../api/types.ts';
import { rateShift, type Shift, shiftOf, shiftText } from '../model/compare.ts';
import { ms, NONE, percent, three } from '../model/formatting.ts';
import { linkTo } from '../model/location.ts';
import type { NamePart } from '../model/name-parts.ts';
import {
  coreShare,
  errorShare,
  GUESSED_HELP,
  oneOf,
  PART_NAMES,
  PARTS,
  REMOTE_NAME,
  remoteShare,
  rowKey,
  serverText,
  split,
} from '../model/rows.ts';
import { narrowing, tagged, tagState } from '../model/tag-filter.ts';
import { waitPieces } from '../model/waits.ts';
import { BudgetMark } from './budget-mark.tsx';
import { CutName } from './cut-name.tsx';
import { Sparkline } from './sparkline.tsx';
import { SplitBar } from './split-bar.tsx';
import { Wire } from './wire.tsx';

interface Props {
  row: Row;
  gone: boolean;
  scale: number;
  /** Whether any row of the table knows where its time went. */
  hasParts: boolean;
  /** Whether any row knows latency as clients see it. */
  hasClient: boolean;
  /** Whether other threads used CPU for any row. */
  hasRemote: boolean;
  showService: boolean;
  /** The template in pieces, to be cut where it is like the others. */
  parts: readonly NamePart[];
  /** The one row that the Tab key reaches; arrows go on from there. */
  entry: boolean;
  /** Whether a moment is pinned, and the row as it was then. */
  compared: boolean;
  before: Row | undefined;
  onLook(row: Row): void;
}

const QUANTILES = ['p50', 'p95', 'p99'] as const;

export const routeLink = (row: Row) =>
  linkTo('route', {
    service: row.service,
    method: row.method,
    path: row.route,
    metric: row.metric,
    kind: row.kind === 'request' ? null : row.kind,
    ...tagState(),
    ...serverState(row),
  });

/** The page of a row is narrowed to its server, unless another tag was chosen already. */
function serverState({ server }: Row): { tag?: string } {
  if (server === undefined || tagged.value !== '') return {};
  return { tag: server.port === '' ? `server_address:${server.address}` : `server_port:${server.port}` };
}

export function RouteRow(props: Props) {
  const { row, gone, scale, hasParts, hasClient, hasRemote, showService, parts, entry } = props;
  const { compared, before, onLook } = props;
  const look = () => onLook(row);
  return (
    <tr class={stateOf(row, gone)} onPointerEnter={look} onFocusIn={look}>
      <RouteCell row={row} parts={parts} entry={entry} showService={showService} />
      <Num name="rate" text={three(row.rate)} shift={compared ? rateShift(before, row) : undefined} />
      {QUANTILES.map((name) => (
        <Num
          key={name}
          name={name}
          text={three(row.wall[name])}
          within={row.wall.within}
          shift={compared ? shiftOf(before, row, name) : undefined}
        />
      ))}
      {hasClient ? (
        <Num name="client" text={three(row.client?.p95)} within={row.client?.within ?? null} />
      ) : null}
      <Num name="err" text={row.errors > 0 ? percent(errorShare(row)) : NONE} alarming={row.errors > 0} />
      <Num name="cpu" text={percent(coreShare(row))} />
      {hasRemote ? <Num name="remote" text={percent(remoteShare(row))} /> : null}
      <td class="c-time" data-cell="time" tabIndex={-1} data-say={splitLines(row)}>
        <span class="bar-cell">
          <span class="bar-and-note">
            <SplitBar row={row} scale={scale} />
            {hasParts && !split(row) ? (
              <small>
                not sent<span> by this app</span>
              </small>
            ) : null}
          </span>
          <span class="num">{three(row.wall.mean)}</span>
        </span>
      </td>
      <td class="c-spark" data-cell="spark" tabIndex={-1} data-help="spark">
        {row.spark ? <Sparkline points={row.spark} /> : null}
      </td>
    </tr>
  );
}

function stateOf({ budget }: Row, gone: boolean): string | undefined {
  const over = budget?.state === 'over' ? `over ${budget.severity}` : '';
  return `${gone ? 'gone ' : ''}${over}`.trim() || undefined;
}

/** A row far from the window: its name holds its place, and it is not made again while that stays. */
export function FarRow({
  row,
  gone,
  showService,
  entry,
}: Pick<Props, 'row' | 'gone' | 'showService' | 'entry'>) {
  return useMemo(
    () => (
      <tr class={gone ? 'gone' : undefined}>
        <RouteCell row={row} entry={entry} showService={showService} />
      </tr>
    ),
    [rowKey(row), gone, showService, entry, narrowing.value],
  );
}

interface CellProps extends Pick<Props, 'row' | 'entry' | 'showService'> {
  parts?: Props['parts'];
}

function RouteCell({ row, parts, entry, showService }: CellProps) {
  return (
    <th scope="row" class="c-route">
      <a href={routeLink(row)} data-view data-cell="route" tabIndex={entry ? 0 : -1} data-say={fullName(row)}>
        <span class="method">{row.method.slice(0, 8)}</span>
        <span class={row.guessed ? 'path guessed' : 'path'}>
          {parts ? <CutName parts={parts} /> : <Wire text={row.route} />}
        </span>
        <BudgetMark mark={row.budget} one={oneOf(row)} />
        {showService ? (
          <span class="service">
            <Wire text={row.service} limit={40} />
          </span>
        ) : null}
        {row.server ? (
          <span class="service server">
            <Wire text={serverText(row)} limit={40} />
          </span>
        ) : null}
      </a>
    </th>
  );
}

/** Long names are cut in the table; the tooltip has more of them. */
const fullName = (row: Row) =>
  `${row.method} ${row.route.slice(0, 600)}${row.service ? `\n${row.service.slice(0, 100)}` : ''}${row.server ? `\n${serverText(row).slice(0, 100)}` : ''}${row.guessed ? `\n${GUESSED_HELP}` : ''}`.replaceAll(
    '\t',
    ' ',
  );

interface NumProps {
  name: string;
  text: string;
  alarming?: boolean;
  /** How far off it can be. */
  within?: number | null;
  /** Change against the pinned moment; null when there is nothing to compare with, undefined when none is pinned. */
  shift?: Shift | null | undefined;
}

function Num({ name, text, alarming, within, shift }: NumProps) {
  return (
    <td
      class={`num c-${name}${alarming ? ' alarm' : ''}${text === NONE ? ' none' : ''}`}
      data-cell={name}
      tabIndex={-1}
      data-help={name}
      data-within={within ?? undefined}
    >
      {text}
      {shift === undefined ? null : <Change shift={shift} rate={name === 'rate'} />}
    </td>
  );
}

function Change({ shift, rate }: { shift: Shift | null; rate: boolean }) {
  if (!shift) return <small class="shift">new</small>;
  const way = shift.noise || rate ? '' : shift.change > 0 ? ' slower' : ' quicker';
  return (
    <small class={`shift${way}`} data-help="shift">
      {shiftText(shift)}
    </small>
  );
}

/** The four values and their shares, for the tooltip. */
export function splitLines(row: Row): string {
  const parts = split(row);
  const mean = `mean\t${ms(row.wall.mean)}\t`;
  if (!parts)
    return `${mean}\nIts parts are not sent by this app: they need Routemeter in it, with CPU and breakdown.`;
  const lines = PARTS.filter((name) => row[name]).map(
    (name) =>
      `part:${name} ${PART_NAMES[name]}\t${ms(parts[name])}\t${percent(parts[name] / row.wall.mean)} %`,
  );
  const waits = waitPieces(row).pieces.map(
    ({ name, mean, shade }) =>
      `part:wait${shade} ${name.slice(0, 60).replaceAll('\t', ' ')}\t${ms(mean)}\t${percent(mean / row.wall.mean)} %`,
  );
  const remote = row.cpuRemote ? [`CPU in ${REMOTE_NAME}\t${ms(row.cpuRemote.mean)}\t`] : [];
  return [...lines, ...waits, mean, ...remote].join('\n');
}
