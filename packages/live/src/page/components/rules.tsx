import type { RulesInForce } from '../api/types.ts';
import { stats } from '../model/live.ts';

const WHOSE: Record<RulesInForce['is'], string> = {
  datadog: 'Datadog’s rules',
  etsy: 'Etsy’s rules',
  both: 'Datadog’s rules and, where a line tells, Etsy’s',
};

const WHY: Record<RulesInForce['by'], string> = {
  option: 'as --rules says',
  recognised: 'recognised by the lines that came',
  default: 'until a line tells otherwise',
};

const HELP =
  'Where the two differ: by Etsy’s, +5 and -3 change a gauge; by Datadog’s, -3 sets it to -3. The option --rules chooses.';

/** Whose rules lines are read by. */
export function Rules() {
  const rules = stats.value?.rules;
  if (!rules) return null;
  return (
    <p class="raw-count muted">
      Lines are read by{' '}
      <b class="rules" tabIndex={0} data-say={HELP}>
        {WHOSE[rules.is]}
      </b>
      , {WHY[rules.by]}.
    </p>
  );
}
