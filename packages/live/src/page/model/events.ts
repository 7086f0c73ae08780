import type { Check, LiveEvent, Tags } from '../api/types.ts';
import { contains } from './filtering.ts';

/** Tags as they are written: `key:value`, or the key alone. */
export function tagTexts(tags: Tags): string[] {
  return Object.entries(tags).flatMap(([key, values]) =>
    values.length === 0 ? [key] : values.map((value) => (value === '' ? key : `${key}:${value}`)),
  );
}

/** The worst first: what one looks for. */
const WORST: Record<Check['status'], number> = { critical: 0, warning: 1, unknown: 2, ok: 3 };

/** How each check stands, by its name, host and tags: the newest that came, and since when it is so. */
export interface CheckState extends Check {
  key: string;
  /** When it came with this status for the first time after another one, as far as is known. */
  since: number;
}

/** `checks` with the newest first, as the server has them. */
export function checkStates(checks: readonly Check[]): CheckState[] {
  const states = new Map<string, CheckState & { isOver: boolean }>();
  for (const check of checks) {
    const key = JSON.stringify([check.name, check.host ?? '', ...tagTexts(check.tags).sort()]);
    const state = states.get(key);
    if (!state) states.set(key, { ...check, key, since: check.at, isOver: false });
    else if (state.status !== check.status) state.isOver = true;
    else if (!state.isOver) state.since = check.at;
  }
  return [...states.values()].sort(
    (a, b) => WORST[a.status] - WORST[b.status] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}

export const ALERTS = ['error', 'warning', 'info', 'success'] as const;

/** The events that all words occur in, of one kind if asked. */
export function fittingEvents(events: readonly LiveEvent[], text: string, alert: string): LiveEvent[] {
  return events.filter(
    (event) =>
      (alert === '' || (event.alertType ?? 'info') === alert) &&
      contains(
        [
          event.title,
          event.text,
          event.host,
          event.source,
          event.aggregationKey,
          ...tagTexts(event.tags),
        ].join(' '),
        text,
      ),
  );
}

export function fittingChecks(states: readonly CheckState[], text: string): CheckState[] {
  return states.filter((check) =>
    contains([check.name, check.status, check.message, check.host, ...tagTexts(check.tags)].join(' '), text),
  );
}
