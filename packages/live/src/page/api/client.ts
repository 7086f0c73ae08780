import type {
  Block,
  Check,
  Flame,
  HeatAnswer,
  HostRow,
  LiveEvent,
  Metric,
  ProfilableThread,
  Profile,
  ProfileEntry,
  QueryAnswer,
  RawLine,
  Rejected,
  RouteCalls,
  RouteDelays,
  RoutesAnswer,
  TagValues,
  Unit,
  Upstream,
  Victim,
} from './types.ts';

/** A refusal of the server, with what it said. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export type Parameters = Record<string, string | number | undefined>;

/** Relative, so that the page also works behind a proxy that mounts it under a path. */
export function apiUrl(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(key, String(value));
  }
  const text = query.toString();
  return text ? `api/${path}?${text}` : `api/${path}`;
}

async function get<T>(path: string, parameters: Parameters, signal?: AbortSignal): Promise<T> {
  const response = await fetch(apiUrl(path, parameters), signal ? { signal } : {});
  if (response.ok) return (await response.json()) as T;
  throw await errorOf(response, `/api/${path}`);
}

async function errorOf(response: Response, what: string): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  const said = body?.error?.message ?? `The server answered ${response.status} to ${what}`;
  return new ApiError(response.status, said);
}

/** Whether the server takes this token. */
export async function holdsToken(token: string): Promise<boolean> {
  const asked = fetch(apiUrl('stats'), { headers: { authorization: `Bearer ${token}` } });
  // What cannot stand in a header is no token either.
  return asked.then(({ ok }) => ok).catch(() => false);
}

/** Why the server does not give what is at an address; null where it does, or does not answer. */
export async function refusalOf(url: string): Promise<ApiError | null> {
  const stop = new AbortController();
  try {
    const response = await fetch(url, { signal: stop.signal });
    return response.ok ? null : await errorOf(response, url);
  } catch {
    return null;
  } finally {
    stop.abort();
  }
}

export const query = (parameters: Parameters, signal?: AbortSignal) =>
  get<QueryAnswer>('query', parameters, signal);

export async function heat(parameters: Parameters, signal?: AbortSignal): Promise<HeatAnswer> {
  const answer = await get<{ start: number; step: number; series: Pick<HeatAnswer, 'bins' | 'points'>[] }>(
    'query',
    { ...parameters, stat: 'heat' },
    signal,
  );
  const { bins, points } = answer.series[0] ?? { bins: [], points: [] };
  return { start: answer.start, step: answer.step, bins, points };
}

export const routes = (parameters: Parameters, signal?: AbortSignal) =>
  get<RoutesAnswer>('routes', parameters, signal);

export const tags = (parameters: Parameters, signal?: AbortSignal) =>
  get<{ tags: TagValues }>('tags', parameters, signal);

export const blocks = (parameters: Parameters, signal?: AbortSignal) =>
  get<{ blocks: Block[] }>('blocks', parameters, signal);

export const hosts = (parameters: Parameters, signal?: AbortSignal) =>
  get<{ hosts: HostRow[] }>('hosts', parameters, signal);

export const metrics = (signal?: AbortSignal) => get<{ metrics: Metric[] }>('metrics', {}, signal);

export const raw = (limit: number, signal?: AbortSignal) =>
  get<{ lines: RawLine[] }>('raw', { limit }, signal);

export const rejected = (signal?: AbortSignal) => get<{ rejected: Rejected[] }>('rejected', {}, signal);

export const events = (limit: number, signal?: AbortSignal) =>
  get<{ events: LiveEvent[]; checks: Check[] }>('events', { limit }, signal);

async function post<T>(path: string, body: object): Promise<T> {
  const response = await fetch(apiUrl(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await errorOf(response, `/api/${path}`);
  return (await response.json()) as T;
}

/** Tells the server what the values of a metric are; throws an `ApiError` where it refuses. */
export async function tellUnit(metric: string, unit: Unit): Promise<void> {
  await post('units', { metric, unit });
}

/** Asks the application for a profile; throws an `ApiError` where the server refuses. */
export const startProfile = (order: { seconds: number; force?: boolean; host?: string; program?: string }) =>
  post<ProfileEntry>('profiles', order);

export const stopProfile = (id: string) => post<ProfileEntry>(`profiles/${encodeURIComponent(id)}/stop`, {});

export const profiles = (signal?: AbortSignal) =>
  get<{ threads: ProfilableThread[]; profiles: ProfileEntry[] }>('profiles', {}, signal);

export const profile = (id: string, signal?: AbortSignal) =>
  get<Profile>(`profiles/${encodeURIComponent(id)}`, {}, signal);

export const flame = (id: string, wanted: Parameters, signal?: AbortSignal) =>
  get<Flame>(`profiles/${encodeURIComponent(id)}/flame`, wanted, signal);

export const calls = (parameters: Parameters, signal?: AbortSignal) =>
  get<RouteCalls>('calls', parameters, signal);

export const delays = (parameters: Parameters, signal?: AbortSignal) =>
  get<RouteDelays>('delays', parameters, signal);

export const victims = (parameters: Parameters, signal?: AbortSignal) =>
  get<{ victims: Victim[] }>('delays', parameters, signal);

export const upstreams = (parameters: Parameters, signal?: AbortSignal) =>
  get<{ upstreams: Upstream[]; more: number }>('upstreams', parameters, signal);
