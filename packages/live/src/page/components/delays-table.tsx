import type { Culprit, DelayAmounts, RouteDelays, RouteRow, Victim } from '../api/types.ts';
import { culpritName, isSame, perRequest } from '../model/delays.ts';
import { ms, percent, three, whole } from '../model/formatting.ts';
import { linkTo } from '../model/location.ts';
import { HeadCell } from './head-cell.tsx';
import { Wire } from './wire.tsx';

/** Who kept a route waiting for the event loop, before its requests were read and each time they went on. */
export function KeptWaiting({ delays, row }: { delays: RouteDelays; row: RouteRow }) {
  const { culprits, unknown } = delays;
  return (
    <>
      <table class="blocks delays">
        <caption class="unseen">Who kept the route waiting for the event loop, the longest first</caption>
        <Head name="Held the loop" topic="heldBy" share="heldShare" />
        <tbody>
          {culprits.map((culprit) => (
            <Row key={JSON.stringify([culprit.kind, culprit.method, culprit.route])} amounts={culprit}>
              <CulpritName culprit={culprit} row={row} />
            </Row>
          ))}
        </tbody>
      </table>
      {unknown ? (
        <p class="muted" data-help="unknownWait" tabIndex={0}>
          Of {whole(unknown)} requests, the first of new connections, it is not known how long they waited.
        </p>
      ) : null}
    </>
  );
}

/** Whom a route kept waiting, and who paid most. */
export function KeepsWaiting({ victims }: { victims: readonly Victim[] }) {
  return (
    <table class="blocks delays">
      <caption class="unseen">Whom the route kept waiting, who paid most first</caption>
      <Head name="Kept waiting" topic="keeps" share="keepsShare" />
      <tbody>
        {victims.map((victim) => (
          <Row key={JSON.stringify([victim.service, victim.method, victim.route])} amounts={victim}>
            {victim.own ? (
              <span class="muted">its own requests</span>
            ) : (
              <RouteName service={victim.service} method={victim.method} route={victim.route} />
            )}
          </Row>
        ))}
      </tbody>
    </table>
  );
}

function Head({ name, topic, share }: { name: string; topic: string; share: string }) {
  return (
    <thead>
      <tr>
        <HeadCell topic={topic} class="b-name" title={name} />
        <HeadCell topic="unread" class="num" title="unread" unit="ms" />
        <HeadCell topic="goingOn" class="num b-p95" title="going on" unit="ms" />
        <HeadCell topic={share} class="num" title="share" unit="%" />
        <HeadCell topic={share} class="b-bar" title="of the wait" />
      </tr>
    </thead>
  );
}

interface RowProps {
  amounts: DelayAmounts;
  children: preact.ComponentChildren;
}

function Row({ amounts, children }: RowProps) {
  const { queued, delayed, share } = amounts;
  return (
    <tr>
      <th scope="row" class="b-name">
        {children}
      </th>
      <td class="num" data-say={`${ms(queued.total)} in all`}>
        {three(queued.mean)}
      </td>
      <td class="num b-p95" data-say={`${ms(delayed.total)} in all`}>
        {three(delayed.mean)}
      </td>
      <td class="num">{percent(share)}</td>
      <td class="b-bar" data-say={`${ms(perRequest(amounts))} of each request`}>
        <span class="nested" role="img" aria-label={`${percent(share)} % of the wait`}>
          <i class="nested-request" style={{ width: '100%' }} />
          <i
            class="nested-block part-loopBusy"
            style={{ width: `${(100 * Math.min(1, share)).toFixed(2)}%` }}
          />
        </span>
      </td>
    </tr>
  );
}

function CulpritName({ culprit, row }: { culprit: Culprit; row: RouteRow }) {
  const { kind, route, method } = culprit;
  if (isSame(culprit, row)) return <span class="muted">its own requests</span>;
  if (kind === 'request' && route !== null) {
    return <RouteName service={row.service} method={method ?? ''} route={route} />;
  }
  const name = culpritName(culprit);
  return typeof name === 'string' ? <span class="muted">{name}</span> : <Wire text={name.name} limit={160} />;
}

function RouteName({ service, method, route }: { service: string; method: string; route: string }) {
  return (
    <a href={linkTo('route', { service, method, path: route })} data-view>
      <span class="method">{method.slice(0, 12)}</span> <Wire text={route} limit={160} />
    </a>
  );
}
