import type { LiveEvent } from '../api/types.ts';
import { clock, whole } from '../model/formatting.ts';
import { TagList } from './tag-list.tsx';
import { Wire } from './wire.tsx';

const SHOWN = 200;
const LONGEST = 4000;

/** What happened, newest first. */
export function EventsList({ events, all }: { events: readonly LiveEvent[]; all: number }) {
  return (
    <section>
      <h2>
        Events{' '}
        <small>{events.length === all ? whole(all) : `${whole(events.length)} of ${whole(all)}`}</small>
      </h2>
      <ol class="events" aria-label="Events, newest first">
        {events.slice(0, SHOWN).map((event, index) => (
          <Event key={`${event.at} ${index}`} event={event} />
        ))}
      </ol>
      {events.length === 0 ? <p class="nothing small">No event fits.</p> : null}
    </section>
  );
}

function Event({ event }: { event: LiveEvent }) {
  const alert = event.alertType ?? 'info';
  const notes = [
    event.host && `on ${event.host}`,
    event.source && `from ${event.source}`,
    event.aggregationKey && `key ${event.aggregationKey}`,
    event.priority === 'low' && 'low priority',
  ].filter(Boolean);
  return (
    <li class={`event ${alert}`}>
      <time class="event-time" dateTime={new Date(event.at).toISOString()}>
        {clock(event.at)}
      </time>
      <div>
        <p class="event-title">
          <b class={`state ${alert}`}>{alert}</b> <Wire text={event.title} limit={400} />
        </p>
        {event.text ? (
          <p class="event-text">
            <Wire text={event.text} limit={LONGEST} />
          </p>
        ) : null}
        {notes.length > 0 ? (
          <p class="muted">
            <Wire text={notes.join(', ')} limit={400} />
          </p>
        ) : null}
        <TagList tags={event.tags} />
      </div>
    </li>
  );
}
