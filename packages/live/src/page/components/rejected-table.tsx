import { rejected as loadRejected } from '../api/client.ts';
import { clock, whole } from '../model/formatting.ts';
import { useLoad } from '../model/load.ts';
import { visible } from '../model/raw-lines.ts';
import { Wire } from './wire.tsx';

const SHOWN = 100;

/** What was refused since the server started: why, of which metric, how often, and what would be right. */
export function RejectedTable() {
  const { data } = useLoad('rejected', loadRejected, 2000);
  const groups = [...(data?.rejected ?? [])].sort((a, b) => b.count - a.count);
  if (groups.length === 0) return null;
  return (
    <section class="rejected">
      <h2>
        Rejected <small>since the server started, by reason and name</small>
      </h2>
      <table class="refusals">
        <caption class="unseen">Rejected lines by reason and name, the most frequent first</caption>
        <thead>
          <tr>
            <th scope="col" class="num j-count">
              lines
            </th>
            <th scope="col" class="j-name">
              name
            </th>
            <th scope="col">reason, and what would be right</th>
            <th scope="col" class="num j-at">
              last
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.slice(0, SHOWN).map((group) => (
            <tr key={`${group.reason}\n${group.name}`}>
              <td class="num j-count">{whole(group.count)}</td>
              <th scope="row" class="j-name">
                <code>
                  <Wire text={visible(group.name) || '(no name)'} limit={120} />
                </code>
              </th>
              <td>
                <span class="alarm">
                  <Wire text={group.reason} />
                </span>
                {group.remedy ? (
                  <span class="j-remedy">
                    <Wire text={group.remedy} limit={400} />
                  </span>
                ) : null}
                <code class="j-line">
                  <Wire text={visible(group.last.text)} limit={200} />
                </code>
              </td>
              <td class="num j-at">{clock(group.last.at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {groups.length > SHOWN ? (
        <p class="muted">and {whole(groups.length - SHOWN)} more reasons and names</p>
      ) : null}
    </section>
  );
}
