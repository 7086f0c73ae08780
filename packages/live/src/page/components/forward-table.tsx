import type { ForwardTarget } from '../api/types.ts';
import { whole } from '../model/formatting.ts';
import { stats } from '../model/live.ts';
import { Wire } from './wire.tsx';

/** The books of each target that lines are passed on to; nothing where there is none. */
export function ForwardTable() {
  const targets = stats.value?.forward ?? [];
  if (targets.length === 0) return null;
  return (
    <section>
      <h2>
        Forwarded <small>since the server started, by target</small>
      </h2>
      <table class="blocks forward">
        <caption class="unseen">Lines passed on, by target</caption>
        <thead>
          <tr>
            <th scope="col" class="b-name">
              target
            </th>
            {COLUMNS.map(({ id, say }) => (
              <th key={id} scope="col" class={`num f-${id}`}>
                <span tabIndex={0} data-say={say}>
                  {id}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {targets.map((target) => (
            <tr key={target.url}>
              <th scope="row" class="b-name">
                <Wire text={target.url} />
              </th>
              {COLUMNS.map(({ id, isLoss }) => (
                <td key={id} class={`num f-${id}${isLoss && target[id] > 0 ? ' alarm' : ''}`}>
                  {whole(target[id])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const COLUMNS: { id: Exclude<keyof ForwardTarget, 'url'>; say: string; isLoss?: true }[] = [
  { id: 'lines', say: 'Lines handed over to this target' },
  { id: 'payloads', say: 'Datagrams or writes that they went in' },
  { id: 'failed', say: 'Lines that could not be handed over', isLoss: true },
  { id: 'dropped', say: 'Lines that found no room to wait, or are longer than can be sent', isLoss: true },
];

/** What all targets together did not get. */
export const lostOf = (targets: readonly ForwardTarget[]) =>
  targets.reduce((sum, { failed, dropped }) => sum + failed + dropped, 0);
