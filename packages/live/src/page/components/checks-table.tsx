import type { CheckStatus } from '../api/types.ts';
import type { CheckState } from '../model/events.ts';
import { clock, whole } from '../model/formatting.ts';
import { TagList } from './tag-list.tsx';
import { Wire } from './wire.tsx';

const SHOWN = 200;
const WORDS: Record<CheckStatus, string> = {
  ok: 'OK',
  warning: 'warning',
  critical: 'critical',
  unknown: 'unknown',
};

/** How each service check stands, the worst first. */
export function ChecksTable({ states, all }: { states: readonly CheckState[]; all: number }) {
  return (
    <section>
      <h2>
        Service checks{' '}
        <small>{states.length === all ? whole(all) : `${whole(states.length)} of ${whole(all)}`}</small>
      </h2>
      <table class="checks">
        <caption class="unseen">Service checks, the worst first</caption>
        <thead>
          <tr>
            <th scope="col" class="k-status">
              status
            </th>
            <th scope="col">check</th>
            <th scope="col" class="num k-since">
              since
            </th>
            <th scope="col" class="num k-at">
              last
            </th>
          </tr>
        </thead>
        <tbody>
          {states.slice(0, SHOWN).map((check) => (
            <tr key={check.key}>
              <td class="k-status">
                <b class={`state ${check.status}`}>{WORDS[check.status]}</b>
              </td>
              <th scope="row">
                <code>
                  <Wire text={check.name} />
                </code>
                {check.host ? (
                  <span class="muted">
                    {' '}
                    on <Wire text={check.host} limit={80} />
                  </span>
                ) : null}
                {check.message ? (
                  <span class="k-message">
                    <Wire text={check.message} limit={600} />
                  </span>
                ) : null}
                <TagList tags={check.tags} />
              </th>
              <td class="num k-since">{clock(check.since)}</td>
              <td class="num k-at">{clock(check.at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {states.length === 0 ? <p class="nothing small">No check fits.</p> : null}
    </section>
  );
}
