import { useState } from 'preact/hooks';
import type { RouteRow } from '../api/types.ts';
import { CompareNote, PinButton } from '../components/compare.tsx';
import { Frame } from '../components/frame.tsx';
import { HostFilter } from '../components/host-filter.tsx';
import { Legend } from '../components/legend.tsx';
import { RoutesTable } from '../components/routes-table.tsx';
import { Says } from '../components/says.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { SelectFilter } from '../components/select-filter.tsx';
import { TagFilter } from '../components/tag-filter.tsx';
import { UnitQuestion } from '../components/unit-question.tsx';
import { Welcome } from '../components/welcome.tsx';
import { choices, kinds } from '../model/filtering.ts';
import { span } from '../model/formatting.ts';
import { routes, update, windowSeconds } from '../model/live.ts';
import { amend } from '../model/location.ts';
import { rowKey, split } from '../model/rows.ts';
import { firstSentence, sentenceFor } from '../model/sentence.ts';
import { filter, filtered, shownRows } from '../model/table.ts';
import { narrowing, tagged } from '../model/tag-filter.ts';

/** Where does the time go? All routes, the one worth work first. */
export function Routes() {
  const all = routes.value;
  const rows = shownRows.value;
  const [looked, look] = useState<string | null>(null);
  if (!update.value) return <Frame>{null}</Frame>;
  if (all.length === 0 && !filtered.value && rows.length === 0) {
    return (
      <Frame>
        <Welcome />
      </Frame>
    );
  }
  // Of some requests alone it cannot be told whom a request waited for.
  const others = tagged.value ? [] : all;
  const looking = rows.find(({ key }) => key === looked)?.row;
  const sentence =
    (looking ? sentenceFor(looking, others) : null) ??
    firstSentence(
      rows.map(({ row }) => row),
      others,
    );
  return (
    <Frame toolbar={<Filters />} byHost={false}>
      <CompareNote />
      <RoutesTable rows={rows} onLook={(row: RouteRow) => look(rowKey(row))} />
      {rows.length === 0 ? <Nothing /> : null}
      <UnitQuestion rows={all} />
      <footer class="under">
        <p class="sentence">{sentence ? <Says sentence={sentence} /> : null}</p>
        {rows.some(({ row }) => split(row)) ? (
          <Legend
            hasWaits={rows.some(({ row }) => (row.waits ?? []).length > 0)}
            hasGuesses={rows.some(({ row }) => row.guessed)}
          />
        ) : null}
      </footer>
    </Frame>
  );
}

function Filters() {
  const { text, service, method, kind, status } = filter.value;
  const all = routes.value;
  const services = choices(all, (row) => row.service);
  const known = kinds(all);
  return (
    <>
      <SearchBox label="Search routes" value={text} onChange={(q) => amend({ q })} />
      <SelectFilter
        label="method"
        value={method}
        options={choices(
          all.filter((row) => row.kind === 'request'),
          (row) => row.method,
        )}
        onChange={(value) => amend({ method: value })}
      />
      {known.length > 1 || kind ? (
        <SelectFilter
          label="kind"
          value={kind}
          options={known}
          onChange={(value) => amend({ kind: value })}
        />
      ) : null}
      <SelectFilter
        label="status"
        value={status}
        options={[
          ['2', '2xx'],
          ['3', '3xx'],
          ['4', '4xx'],
          ['5', '5xx'],
        ]}
        onChange={(value) => amend({ status: value })}
      />
      {services.length > 1 || service ? (
        <SelectFilter
          label="service"
          value={service}
          options={services}
          onChange={(value) => amend({ service: value })}
        />
      ) : null}
      <HostFilter />
      <TagFilter />
      <PinButton />
    </>
  );
}

const NO_FILTER = { q: null, method: null, kind: null, status: null, service: null, tag: null, host: null };

function Nothing() {
  return (
    <p class="nothing">
      {filtered.value ? (
        <>
          No route of the last {span(windowSeconds.value)} fits.{' '}
          <button type="button" class="plain" onClick={() => amend(NO_FILTER)}>
            {narrowing.value ? 'Show all' : `Show all ${routes.value.length}`}
          </button>
        </>
      ) : (
        <>No requests in the last {span(windowSeconds.value)}.</>
      )}
    </p>
  );
}
