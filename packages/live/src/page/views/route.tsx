import {
  blocks as loadBlocks,
  calls as loadCalls,
  delays as loadDelays,
  victims as loadVictims,
} from '../api/client.ts';
import type { RouteRow } from '../api/types.ts';
import { RouteCharts } from '../charts/route-charts.tsx';
import { Adders } from '../components/adders.tsx';
import { BlocksTable } from '../components/blocks-table.tsx';
import { CallsTable } from '../components/calls-table.tsx';
import { KeepsWaiting, KeptWaiting } from '../components/delays-table.tsx';
import { useEscape } from '../components/escape.ts';
import { Frame } from '../components/frame.tsx';
import { HostsOfRoute } from '../components/hosts-table.tsx';
import { RouteFigures } from '../components/route-figures.tsx';
import { Says } from '../components/says.tsx';
import { SplitDetail } from '../components/split-detail.tsx';
import { Statuses } from '../components/statuses.tsx';
import { TagNote } from '../components/tag-note.tsx';
import { UnitQuestion } from '../components/unit-question.tsx';
import { Wire } from '../components/wire.tsx';
import { routes, update } from '../model/live.ts';
import { useLoad } from '../model/load.ts';
import { linkTo, place } from '../model/location.ts';
import { routeTime, routeTimeWords, useRoutesInTime } from '../model/route-time.ts';
import { withoutRequests } from '../model/rows.ts';
import type { Named } from '../model/selection.ts';
import { sentenceFor } from '../model/sentence.ts';
import { tagged, tagParameters, tagState } from '../model/tag-filter.ts';

/** One route: in words, over time, and what it is made of. */
export function Route() {
  const back = linkTo('routes', tagState());
  useEscape(back);
  const named = namedRoute(place.value.query);
  const all = useRoutesInTime();
  const isNamed = (one: RouteRow) =>
    one.route === named.route &&
    one.method === named.method &&
    one.service === named.service &&
    (!named.metric || one.metric === named.metric);
  const present = routes.value.find(isNamed);
  // Zoomed into a time without requests, the charts stay where they are.
  const row = all.find(isNamed) ?? (present && withoutRequests(present));
  const question = {
    route: named.route,
    method: named.method,
    service: named.service,
    ...routeTime.value,
    ...tagParameters(),
  };
  const { data } = useLoad(JSON.stringify(question), (signal) => loadBlocks(question, signal));
  const blocks = data?.blocks ?? [];
  const calls =
    useLoad(`calls ${JSON.stringify(question)}`, (signal) => loadCalls(question, signal)).data?.calls ?? [];
  const delays = useLoad(`delays ${JSON.stringify(question)}`, (signal) => loadDelays(question, signal)).data;
  const { route, ...where } = question;
  const victims =
    useLoad(`victims ${JSON.stringify(question)}`, (signal) =>
      loadVictims({ ...where, culprit: route }, signal),
    ).data?.victims ?? [];
  const sentence = row ? sentenceFor(row, tagged.value ? [] : all, blocks, calls) : null;
  const metric = row?.metric ?? named.metric;

  return (
    <Frame>
      <nav class="crumbs" aria-label="Way back">
        <a href={back} data-view>
          Routes
        </a>
      </nav>
      <h1 class="route-title">
        <span class="method">{named.method.slice(0, 12)}</span>
        <span class="path">
          <Wire text={named.route} limit={600} />
        </span>
        {named.service ? (
          <span class="service">
            <Wire text={named.service} limit={80} />
          </span>
        ) : null}
      </h1>
      <TagNote />
      <p class="profile-link">
        <a
          href={linkTo('profile', { method: named.method, path: named.route })}
          data-view
          data-help="profileLink"
        >
          Profile: which function?
        </a>
      </p>
      <p class="sentence">{sentence ? <Says sentence={sentence} /> : null}</p>
      {row ? (
        <>
          <UnitQuestion rows={[row]} />
          <SplitDetail row={row} />
          <RouteFigures row={row} />
        </>
      ) : update.value ? (
        <p class="nothing small">No requests: {routeTimeWords.value}.</p>
      ) : null}
      {metric ? (
        <RouteCharts
          row={{ ...named, kind: row?.kind ?? named.kind, metric }}
          hasCpu={row ? row.cpu !== null : true}
        />
      ) : null}
      {row ? <HostsOfRoute question={question} /> : null}
      <section>
        <h2>
          Blocks <small>{routeTimeWords.value}</small>
        </h2>
        <BlocksTable blocks={blocks} row={row} />
      </section>
      {row && delays && delays.culprits.length > 0 ? (
        <section>
          <h2>
            Kept waiting by <small>estimated, {routeTimeWords.value}</small>
          </h2>
          <KeptWaiting delays={delays} row={row} />
        </section>
      ) : null}
      {victims.length > 0 ? (
        <section>
          <h2>
            Keeps waiting <small>estimated, {routeTimeWords.value}</small>
          </h2>
          <KeepsWaiting victims={victims} />
        </section>
      ) : null}
      {calls.length > 0 ? (
        <section>
          <h2>
            Upstream calls <small>{routeTimeWords.value}</small>
          </h2>
          <CallsTable calls={calls} row={row} />
        </section>
      ) : null}
      {row ? (
        <section>
          <h2>
            {row.kind === 'request' ? 'Statuses' : 'Outcomes'} <small>{routeTimeWords.value}</small>
          </h2>
          <Statuses row={row} />
        </section>
      ) : null}
      {row?.addedBy ? (
        <section>
          <h2>
            Added by <small>{routeTimeWords.value}</small>
          </h2>
          <Adders row={row} />
        </section>
      ) : null}
    </Frame>
  );
}

function namedRoute(query: URLSearchParams): Named {
  const get = (key: string) => query.get(key) ?? '';
  return {
    service: get('service'),
    kind: get('kind') || 'request',
    method: get('method'),
    route: get('path'),
    metric: get('metric'),
  };
}
