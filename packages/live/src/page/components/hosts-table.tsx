import { hosts as loadHosts, type Parameters } from '../api/client.ts';
import type { HostRow, Measure } from '../api/types.ts';
import { ms, NONE, percent, short, three, whole } from '../model/formatting.ts';
import { hostSentence, MOST_HOSTS, shownHosts } from '../model/hosts.ts';
import { useLoad } from '../model/load.ts';
import { amend } from '../model/location.ts';
import { routeTimeWords } from '../model/route-time.ts';
import { host as chosen } from '../model/tag-filter.ts';
import { Says } from './says.tsx';
import { Wire } from './wire.tsx';

const EVERY_MS = 5000;

/** Which host is different? The route's numbers on each, side by side; nothing where there is one host. */
export function HostsOfRoute({ question }: { question: Parameters }) {
  const { data } = useLoad(
    `hosts ${JSON.stringify(question)}`,
    (signal) => (chosen.value ? Promise.resolve({ hosts: [] }) : loadHosts(question, signal)),
    EVERY_MS,
  );
  const all = data?.hosts ?? [];
  if (all.length < 2) return null;
  const shown = shownHosts(all);
  const sentence = hostSentence(all);
  return (
    <section>
      <h2>
        Hosts <small>{routeTimeWords.value}</small>
      </h2>
      {sentence ? (
        <p class="sentence">
          <Says sentence={sentence} />
        </p>
      ) : null}
      <table class="blocks hosts">
        <caption class="unseen">The route on each host, by the name of the host</caption>
        <thead>
          <tr>
            <th scope="col" class="b-name">
              Host
            </th>
            {COLUMNS.map(({ measure, title, unit, topic }) => (
              <th key={measure} scope="col" class={`num h-${measure}`}>
                <span tabIndex={0} data-help={topic}>
                  {title}
                  <small>{unit}</small>
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Host key={row.host} row={row} />
          ))}
        </tbody>
      </table>
      {all.length > shown.length ? (
        <p class="muted">
          {whole(all.length - shown.length)} more of {whole(all.length)}; those that differ come first where
          there are more than {MOST_HOSTS}.
        </p>
      ) : null}
    </section>
  );
}

interface Column {
  measure: Measure;
  title: string;
  unit: string;
  topic: string;
  text(row: HostRow): string;
  say(value: number): string;
}

const COLUMNS: readonly Column[] = [
  {
    measure: 'rate',
    title: 'rate',
    unit: '/s',
    topic: 'rate',
    text: ({ rate }) => three(rate),
    say: (value) => `${three(value)}/s`,
  },
  { measure: 'p50', title: 'p50', unit: 'ms', topic: 'p50', text: ({ wall }) => three(wall.p50), say: ms },
  { measure: 'p95', title: 'p95', unit: 'ms', topic: 'p95', text: ({ wall }) => three(wall.p95), say: ms },
  {
    measure: 'errors',
    title: 'err',
    unit: '%',
    topic: 'err',
    text: ({ errors, count }) => (errors > 0 ? percent(errors / count) : NONE),
    say: (value) => `${percent(value)} %`,
  },
  {
    measure: 'cpu',
    title: 'CPU',
    unit: 'ms',
    topic: 'hostCpu',
    text: ({ cpu }) => three(cpu?.mean),
    say: ms,
  },
];

function Host({ row }: { row: HostRow }) {
  return (
    <tr>
      <th scope="row" class="b-name">
        {row.host ? (
          <button
            type="button"
            class="plain"
            data-say={`Only ${row.host.slice(0, 200)}`}
            onClick={() => amend({ host: row.host })}
          >
            <Wire text={row.host} limit={80} />
          </button>
        ) : (
          <span class="muted">(no host)</span>
        )}
      </th>
      {COLUMNS.map((column) => {
        const differs = row.differs.find(({ measure }) => measure === column.measure);
        const others = differs ? `The other hosts: ${column.say(differs.others)} (median)` : undefined;
        return (
          <td
            key={column.measure}
            class={`num h-${column.measure}`}
            tabIndex={differs ? 0 : undefined}
            data-help={column.topic}
            data-say={others}
            data-within={column.measure.startsWith('p') ? row.wall.within : undefined}
          >
            <span class={differs ? 'many' : undefined}>{column.text(row)}</span>
            {differs?.times ? <small class="times">{short(differs.times)}×</small> : null}
          </td>
        );
      })}
    </tr>
  );
}
