import type { Hold } from '../api/types.ts';
import { ms, spoken, whole } from '../model/formatting.ts';
import { placeOf, unitTitle } from '../model/profile.ts';
import { Wire } from './wire.tsx';

/** Blocking calls in words: what holds the loop, for how long, and who calls it. */
export function HoldsList({ holds, withUnits }: { holds: readonly Hold[]; withUnits: boolean }) {
  if (holds.length === 0) return null;
  return (
    <ul class="holds" aria-label="Blocking calls">
      {holds.slice(0, 5).map((hold) => (
        <li
          key={`${hold.call} ${hold.caller.file} ${hold.caller.line} ${unitTitle(hold.unit)}`}
          data-say={lines(hold)}
        >
          {withUnits ? (
            <>
              <code>
                <Wire text={unitTitle(hold.unit)} limit={80} />
              </code>{' '}
            </>
          ) : null}
          holds the loop {spoken(hold.total / hold.count)} ms in{' '}
          <code>
            <Wire text={hold.call} limit={60} />
          </code>
          , called by{' '}
          <code>
            <Wire text={hold.caller.name} limit={60} />
          </code>{' '}
          at{' '}
          <code>
            <Wire text={placeOf(hold.caller)} limit={80} />
          </code>
          .
        </li>
      ))}
    </ul>
  );
}

function lines({ count, total, longest, caller }: Hold): string {
  return [`${whole(count)} times\t${ms(total)} in all`, `the longest\t${ms(longest)}`, caller.file].join(
    '\n',
  );
}
