import type { RouteCall, RouteRow } from '../api/types.ts';
import { byBlock, repeats, waitPerRequest } from '../model/calls.ts';
import { ms, NONE, percent, short, three, whole } from '../model/formatting.ts';
import { oneOf } from '../model/rows.ts';
import { HeadCell } from './head-cell.tsx';
import { Wire } from './wire.tsx';

interface Props {
  calls: readonly RouteCall[];
  row: RouteRow | undefined;
}

/** What a route asks of others, under the block that asks: how often, how long, and what it costs a request. */
export function CallsTable({ calls, row }: Props) {
  const groups = byBlock(calls);
  return (
    <table class="blocks calls">
      <caption class="unseen">Upstream calls of the route by block, by what they cost</caption>
      <thead>
        <tr>
          <th scope="col" class="b-name">
            Call
          </th>
          <HeadCell topic="calls" class="num" title="calls" unit={`/${oneOf(row)}`} />
          <HeadCell topic="callMean" class="num b-mean" title="mean" unit="ms" />
          <HeadCell topic="callP95" class="num b-p95" title="p95" unit="ms" />
          <HeadCell topic="callErr" class="num b-cpu" title="err" unit="%" />
          <HeadCell topic="callWait" class="num" title="wait" unit="ms" />
          <HeadCell topic="callBar" class="b-bar" title={`of the ${oneOf(row)}`} />
        </tr>
      </thead>
      {groups.map(({ block, calls: own }) => (
        <tbody key={block}>
          {groups.length > 1 || block !== '' ? (
            <tr class="group">
              <th scope="rowgroup" class="b-name">
                {block === '' ? 'outside of blocks' : <Wire text={block} limit={120} />}
              </th>
            </tr>
          ) : null}
          {own.map((call) => (
            <CallRow key={`${call.kind} ${call.name} ${call.peer}`} call={call} row={row} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

function CallRow({ call, row }: { call: RouteCall; row: RouteRow | undefined }) {
  const { name, peer, count, errors, duration, share } = call;
  const wait = waitPerRequest(call);
  return (
    <tr>
      <th scope="row" class="b-name" data-say={peer ? `${name}\nat ${peer}` : name}>
        <Wire text={name} limit={160} />
      </th>
      <td class="num" tabIndex={0} data-help="calls" data-say={timesOf(call, oneOf(row))}>
        {repeats(call) === null ? (
          short(call.perRequest)
        ) : (
          <span class="many">{short(call.perRequest)}&#8239;×</span>
        )}
      </td>
      <td class="num b-mean">{three(duration.mean)}</td>
      <td class="num b-p95" data-help="callP95" data-within={duration.within ?? undefined}>
        {three(duration.p95)}
      </td>
      <td class={errors > 0 ? 'num b-cpu alarm' : 'num b-cpu'}>
        {errors > 0 ? percent(errors / count) : NONE}
      </td>
      <td class="num">{three(wait)}</td>
      <td class="b-bar" data-say={barLines(wait, share, row)}>
        <span class="nested" role="img" aria-label={`${percent(share)} % of the ${oneOf(row)}`}>
          <i class="nested-request" style={{ width: '100%' }} />
          <i
            class="nested-block part-wait0"
            style={{ width: `${(100 * Math.min(1, share ?? 0)).toFixed(2)}%` }}
          />
        </span>
      </td>
    </tr>
  );
}

function timesOf(call: RouteCall, one: string): string {
  const { count, repeated } = call;
  const all = `${whole(count)} calls in all`;
  if (repeated === null) return all;
  return `${all}\nA ${one} that makes it, makes it ${short(repeated.mean)} times, at most ${whole(repeated.max)}.`;
}

function barLines(wait: number | null, share: number | null, row: RouteRow | undefined): string | undefined {
  if (wait === null) return 'What these calls cost is not sent by this app.';
  const lines = [`part:wait0 wait for these calls\t${ms(wait)}\t${percent(share)} %`];
  if (row) lines.push(`mean ${oneOf(row)}\t${ms(row.wall.mean)}\t`);
  return lines.join('\n');
}
