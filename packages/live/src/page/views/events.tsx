import { events as loadEvents } from '../api/client.ts';
import { ChecksTable } from '../components/checks-table.tsx';
import { useEscape } from '../components/escape.ts';
import { EventsList } from '../components/events-list.tsx';
import { Frame } from '../components/frame.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { SelectFilter } from '../components/select-filter.tsx';
import { ALERTS, checkStates, fittingChecks, fittingEvents } from '../model/events.ts';
import { engine } from '../model/live.ts';
import { useLoad } from '../model/load.ts';
import { amend, place } from '../model/location.ts';

/** Asked for, so that a filter has something to choose from. */
const ASKED = 500;

/** What was told in words: how checks stand, and what happened. */
export function Events() {
  useEscape();
  const { query } = place.value;
  const text = query.get('q') ?? '';
  const alert = query.get('alert') ?? '';
  const { data, refused } = useLoad('events', (signal) => loadEvents(ASKED, signal), 2000);
  const states = checkStates(data?.checks ?? []);
  const all = data?.events ?? [];
  return (
    <Frame
      byHost={false}
      toolbar={
        <>
          <SearchBox label="Filter events" value={text} onChange={(q) => amend({ q })} />
          <SelectFilter
            label="alert"
            value={alert}
            options={ALERTS}
            onChange={(value) => amend({ alert: value })}
          />
        </>
      }
    >
      {refused ? <p class="notice lost">{refused}</p> : null}
      {engine.value ? (
        <p class="notice">Only what came to this server itself; an engine keeps no events.</p>
      ) : null}
      {data && all.length === 0 && states.length === 0 ? <Nothing /> : null}
      {states.length > 0 ? <ChecksTable states={fittingChecks(states, text)} all={states.length} /> : null}
      {all.length > 0 ? <EventsList events={fittingEvents(all, text, alert)} all={all.length} /> : null}
    </Frame>
  );
}

function Nothing() {
  return (
    <p class="nothing">
      No event or service check has come yet. Clients send them as{' '}
      <code>
        _e{'{'}5,4{'}'}:title|text
      </code>{' '}
      and <code>_sc|name|0</code>.
    </p>
  );
}
