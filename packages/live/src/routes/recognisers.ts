import { connectDatadog } from './connect-datadog.ts';
import { django } from './django.ts';
import { expressHotShots } from './express-hot-shots.ts';
import { gunicorn } from './gunicorn.ts';
import { kong, kongTagged } from './kong.ts';
import { named } from './named.ts';
import { opentelemetry } from './opentelemetry.ts';
import { perView } from './per-view.ts';
import { rails } from './rails.ts';
import type { Recogniser } from './recogniser.ts';
import { routemeter } from './routemeter.ts';
import { work } from './work.ts';

/** Every sender whose metrics are read as routes. A metric belongs to the first that finds it. */
export const RECOGNISERS: readonly Recogniser[] = [
  routemeter,
  work,
  opentelemetry,
  connectDatadog,
  expressHotShots,
  gunicorn,
  rails,
  django,
  kong,
  kongTagged,
  perView,
];

export function recognisers(names: readonly string[]): readonly Recogniser[] {
  return [...names.map(named), ...RECOGNISERS];
}
