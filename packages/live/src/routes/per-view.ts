import { isTiming, prefixOf, type Recogniser, SERVICE, TIMINGS } from './recogniser.ts';

const ROLL_UP = 'api.request';

/** A metric for each view beside one for all of them: the roll-up tells that its prefix holds views. */
export const perView: Recogniser = {
  name: 'per-view',
  about: 'myapp.users_list:12|ms, myapp.users_list.cpu:3|ms and the roll-up myapp.api.request:12|ms',
  tags: {
    service: SERVICE,
    route: [],
    method: ['http_method', 'method'],
    status: ['http_status_code', 'status'],
  },
  find(metrics) {
    const timings = metrics.filter(isTiming);
    const names = new Set(timings.map((metric) => metric.name));
    const prefixes = new Set<string>();
    for (const name of names) {
      const prefix = prefixOf(name, ROLL_UP);
      if (prefix !== undefined) prefixes.add(prefix);
    }
    return [...prefixes].flatMap((prefix) => {
      const lead = prefix === '' ? '' : `${prefix}.`;
      const rollUp = `${lead}${ROLL_UP}`;
      const views = [...names].filter((name) => {
        if (!name.startsWith(lead) || name === rollUp || name.startsWith(`${rollUp}.`)) return false;
        // Another, longer prefix with a roll-up of its own holds this one.
        if ([...prefixes].some((other) => other.length > prefix.length && name.startsWith(`${other}.`)))
          return false;
        // What carries a route is measured by tags and read elsewhere.
        if (timings.some((metric) => metric.name === name && metric.tagKeys.includes('http_route')))
          return false;
        return !(name.endsWith('.cpu') && names.has(name.slice(0, -4)));
      });
      // Only the total so far: better one row than none.
      const shown = views.length > 0 ? views : [rollUp];
      return shown.map((metric) => ({
        metric,
        types: TIMINGS,
        toMs: 1,
        cpu: `${metric}.cpu`,
        service: prefix,
        route: metric.slice(lead.length),
      }));
    });
  },
};
