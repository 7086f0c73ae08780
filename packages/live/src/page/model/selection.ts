import type { Parameters } from '../api/client.ts';
import type { Metric, RouteRow, Unit } from '../api/types.ts';

/** Tag keys that tools use for the same thing, the commonest first. */
const ROUTE_KEYS = ['http_route', 'http.route', 'route', 'endpoint', 'view', 'path', 'resource', 'handler'];
const METHOD_KEYS = [
  'http_method',
  'http.request.method',
  'http_request_method',
  'http.method',
  'method',
  'verb',
];
const SERVICE_KEYS = ['service.name', 'service_name', 'service', 'app'];
const STATUS_KEYS = [
  'http_status_code',
  'http.response.status_code',
  'http_response_status_code',
  'http.status_code',
  'status_code',
  'response_code',
  'status',
  // Of units of work that are no requests.
  'outcome',
];

export type Named = Pick<RouteRow, 'metric' | 'service' | 'kind' | 'route' | 'method'>;

/** The filters of `/api/query` that leave the samples of one route, whatever tool sent them. */
export function routeTags(row: Named, metric: Pick<Metric, 'tags'> | undefined): Parameters {
  const keys = metric?.tags ?? ['http_route', 'http_method'];
  const found: Parameters = {};
  const add = (known: readonly string[], value: string) => {
    const key = known.find((candidate) => keys.includes(candidate));
    if (key && value) found[`tag:${key}`] = value;
  };
  if (row.kind === 'request') {
    // Without a route tag the metric's own name is the route.
    add(ROUTE_KEYS, row.route);
    add(METHOD_KEYS, row.method);
  } else {
    add(['work_name'], row.route);
    add(['work_kind'], row.kind);
  }
  add(SERVICE_KEYS, row.service);
  return found;
}

export function statusKey(metric: Pick<Metric, 'tags'> | undefined): string | undefined {
  return STATUS_KEYS.find((key) => (metric?.tags ?? ['http_status_code']).includes(key));
}

const TO_MS: Partial<Record<Unit, number>> = { s: 1000, us: 0.001 };

/**
 * What a value of this metric is multiplied with to be milliseconds: by the unit that it was told to have, else
 * OpenTelemetry's stable name has seconds.
 */
export function toMs(name: string, metric: (Pick<Metric, 'type'> & Partial<Metric>) | undefined): number {
  const told = TO_MS[metric?.unit ?? 'ms'];
  if (told !== undefined) return told;
  const seconds = /(^|\.)http\.server\.request\.duration$/.test(name) && metric?.type !== 'timing';
  return seconds ? 1000 : 1;
}
