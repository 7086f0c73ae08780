import { upstreams as load } from '../api/client.ts';
import { useEscape } from '../components/escape.ts';
import { Frame } from '../components/frame.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { SelectFilter } from '../components/select-filter.tsx';
import { UpstreamsTable } from '../components/upstreams-table.tsx';
import { windowSeconds } from '../model/live.ts';
import { useLoad } from '../model/load.ts';
import { amend, place } from '../model/location.ts';
import { tagParameters } from '../model/tag-filter.ts';
import { fittingUpstreams, KINDS } from '../model/upstreams.ts';

/** Who is slow, and who suffers? */
export function Upstreams() {
  useEscape();
  const { query } = place.value;
  const text = query.get('q') ?? '';
  const kind = query.get('kind') ?? '';
  const question = { window: windowSeconds.value, ...tagParameters() };
  const { data, refused } = useLoad(`upstreams ${JSON.stringify(question)}`, (signal) =>
    load(question, signal),
  );
  const all = data?.upstreams ?? [];
  return (
    <Frame
      toolbar={
        <>
          <SearchBox label="Filter upstreams" value={text} onChange={(q) => amend({ q })} />
          <SelectFilter label="kind" value={kind} options={KINDS} onChange={(one) => amend({ kind: one })} />
        </>
      }
    >
      {refused ? <p class="notice lost">{refused}</p> : null}
      {data && all.length === 0 ? <Nothing /> : null}
      {all.length > 0 ? (
        <UpstreamsTable
          upstreams={fittingUpstreams(all, text, kind)}
          all={all.length}
          more={data?.more ?? 0}
        />
      ) : null}
    </Frame>
  );
}

function Nothing() {
  return (
    <p class="nothing">
      No call of an upstream was seen in this window. What an app asks of databases, caches, brokers and other
      services stands here when it runs as <code>npx routemeter-live node server.js</code>, or has the option{' '}
      <code>upstreams</code>.
    </p>
  );
}
