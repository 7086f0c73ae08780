import { breathe } from '../store/breathe.ts';
import type { MetricInfo, Reader, Summary } from '../store/store.ts';
import { MetricUnits } from '../units.ts';
import { Adders } from './adders.ts';
import { HOST, type Recogniser, type RouteMetric, TIMINGS } from './recogniser.ts';
import {
  addOutcome,
  addStatus,
  addWall,
  furtherOf,
  GUESSED,
  idleOf,
  isDoubtful,
  meanOf,
  QUANTILES,
  type RouteRow,
  times,
} from './row.ts';
import { emptySpark, Sparks } from './sparks.ts';

const NO_ROUTE = '(none)';
/** The recogniser of what the library sends, whose milliseconds are milliseconds. */
const OWN: readonly string[] = ['routemeter', 'work'];
const MAX_TAG_KEYS = 20;
const MAX_TAG_VALUES = 50;
const MAX_TAG_VALUE = 200;
const MAX_HOSTS = 500;

type Companion = 'cpu' | 'stalled' | 'loopBusy' | 'queued' | 'delayed' | 'client' | 'cpuRemote';

/** More than the table itself shows. */
export interface RowsOptions {
  /** Further quantiles of wall and CPU time, answered in `more`. */
  quantiles?: readonly number[];
  /** Whether the rows have their sparks. Default true. */
  spark?: boolean;
  /** A row for each host instead of one for all. Default false. */
  perHost?: boolean;
  /** Whether a service with several servers has a row for each of them. Default false. */
  perServer?: boolean;
  /** Only rows of this route. */
  only?: { route: string; method: string; service?: string | undefined };
  /** Only samples with these tag values. A companion without such a tag counts as not sent. */
  where?: Readonly<Record<string, string>>;
}

export interface Range {
  from: number;
  to: number;
  /** Seconds that rates are per: the window, or less when the first sample is younger. */
  elapsed: number;
}

/** Builds the table of routes from what every recogniser finds. */
export class RouteTable {
  readonly #reader: Reader;
  readonly #recognisers: readonly Recogniser[];
  readonly #sparks: Sparks;
  readonly #units: MetricUnits;

  constructor(reader: Reader, recognisers: readonly Recogniser[], units = new MetricUnits()) {
    this.#reader = reader;
    this.#recognisers = recognisers;
    this.#units = units;
    this.#sparks = new Sparks(reader);
  }

  /** Busiest first: by rate times mean, the total time. */
  async rows(range: Range, options: RowsOptions = {}): Promise<RouteRow[]> {
    const metrics = await this.#reader.metrics();
    const rows: RouteRow[] = [];
    const { only } = options;
    for (const { recogniser, found } of this.#find(metrics)) {
      const wanted = found.filter(({ route }) => only === undefined || (route ?? only.route) === only.route);
      if (wanted.length === 0) continue;
      const where = { ...options.where, ...routeTag(recogniser, wanted, metrics, only?.route) };
      rows.push(...(await this.#read(recogniser, wanted, range, { ...options, where })));
    }
    const kept = only === undefined ? rows : rows.filter((row) => isOnly(row, only));
    return kept.sort((a, b) => b.count * (b.wall.mean ?? 0) - a.count * (a.wall.mean ?? 0));
  }

  /**
   * The tags that the requests of this time carry: at most 20 keys with at most 50 values each (500 hosts),
   * those of the most requests, in the order of the alphabet. Values longer than 200 characters are left out.
   */
  async tags({ from, to }: Range): Promise<Record<string, string[]>> {
    const metrics = await this.#reader.metrics();
    const names = this.#find(metrics).flatMap(({ found }) => found.map((one) => one.metric));
    const wanted = new Set(names);
    const carried = metrics.filter((one) => wanted.has(one.name) && TIMINGS.includes(one.type));
    const all = [...new Set(carried.flatMap((one) => one.tagKeys))].sort();
    // The page's own choice of a host needs its values, however many other tags there are.
    const keys = [...all]
      .sort((a, b) => Number(HOST.includes(b)) - Number(HOST.includes(a)))
      .slice(0, MAX_TAG_KEYS)
      .sort();
    const summaries = await this.#reader.summary({
      names,
      types: TIMINGS,
      by: keys,
      from,
      to,
      quantiles: [],
      need: 'counts',
    });
    const counts = new Map(keys.map((key) => [key, new Map<string, number>()]));
    const pause = breathe();
    for (const { tags, count } of summaries) {
      for (const [key, values] of counts) {
        const value = tags[key] ?? '';
        if (value !== '' && value.length <= MAX_TAG_VALUE)
          values.set(value, (values.get(value) ?? 0) + count);
      }
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    const answer: Record<string, string[]> = Object.create(null);
    for (const [key, values] of counts) {
      const limit = HOST.includes(key) ? MAX_HOSTS : MAX_TAG_VALUES;
      const most = [...values].sort((a, b) => b[1] - a[1]).slice(0, limit);
      if (most.length > 0) answer[key] = most.map(([value]) => value).sort();
    }
    return answer;
  }

  #find(metrics: readonly MetricInfo[]): { recogniser: Recogniser; found: RouteMetric[] }[] {
    const taken = new Set<string>();
    return this.#recognisers.flatMap((recogniser) => {
      const found = recogniser
        .find(metrics)
        .filter((one) => !taken.has(one.metric))
        .map((one) => ({ ...one, toMs: this.#units.toMs(one.metric) ?? one.toMs }));
      for (const one of found) for (const name of namesOf(one)) taken.add(name);
      return found.length > 0 ? [{ recogniser, found }] : [];
    });
  }

  /** The services of which some host has more than one server; null for none. Each of a fleet may listen elsewhere. */
  async #servers(
    { tags }: Recogniser,
    found: readonly RouteMetric[],
    { from, to }: Range,
    where: Readonly<Record<string, string>>,
  ): Promise<Set<string> | null> {
    const { server } = tags;
    if (server === undefined) return null;
    const names = found.map((one) => one.metric);
    const isTold = (await this.#reader.metrics()).some(
      ({ name, tagKeys }) => names.includes(name) && tagKeys.includes(server.address),
    );
    if (!isTold) return null;
    const by = [tags.service, HOST, server.address, server.port];
    const seen = await this.#reader.summary({ names, where, by, from, to, quantiles: [], need: 'counts' });
    const servers = new Map<string, Set<string>>();
    const several = new Set<string>();
    for (const one of seen) {
      const address = one.tags[server.address] ?? '';
      if (address === '') continue;
      const source = found.find(({ metric }) => metric === one.name);
      const service = tagOf(one, tags.service) || source?.service || '';
      const key = JSON.stringify([service, tagOf(one, HOST)]);
      const own = servers.get(key) ?? new Set();
      servers.set(key, own.add(`${address} ${one.tags[server.port] ?? ''}`));
      if (own.size > 1) several.add(service);
    }
    return several.size === 0 ? null : several;
  }

  async #read(
    recogniser: Recogniser,
    found: readonly RouteMetric[],
    range: Range,
    { quantiles: more, spark = true, perHost = false, perServer = false, where = {} }: RowsOptions,
  ): Promise<RouteRow[]> {
    const { tags } = recogniser;
    const several = perServer ? await this.#servers(recogniser, found, range, where) : null;
    const server = several === null ? null : tags.server!;
    const by = [
      tags.service,
      tags.route,
      tags.method,
      perHost ? HOST : [],
      server === null ? [] : [server.address],
      server === null ? [] : [server.port],
    ].filter((keys) => keys.length > 0);
    const outcome = [tags.status, ['aborted'], ['error'], [GUESSED], tags.adder ?? []].filter(
      (keys) => keys.length > 0,
    );
    const names = found.flatMap(namesOf);
    const sent = new Set((await this.#reader.metrics()).map(({ name }) => name));
    const companions = (...parts: Companion[]) =>
      parts.flatMap((part) => found.flatMap((one) => one[part] ?? [])).filter((name) => sent.has(name));
    const { from, to } = range;
    const reader = this.#reader;
    // Who asks for none wants counts alone: a store then need not touch its sketches.
    const quantiles = more?.length === 0 ? [] : [...QUANTILES, ...(more ?? [])];
    const remotes = companions('cpuRemote');
    const counters = found.flatMap((one) => (one.statuses ?? []).map((status) => status.metric));
    // Side by side, since an engine across the network answers several at once.
    const [walls, outcomes, cpus, others, statuses, remote, sparks] = await Promise.all([
      reader.summary({ names, where, by, from, to, quantiles }),
      reader.summary({ names, where, by: [...by, ...outcome], from, to, quantiles: [], need: 'counts' }),
      reader.summary({ names: companions('cpu', 'queued', 'client'), where, by, from, to, quantiles }),
      reader.summary({
        names: companions('stalled', 'loopBusy', 'delayed'),
        where,
        by,
        from,
        to,
        quantiles: [],
        need: 'means',
      }),
      counters.length === 0
        ? []
        : reader.summary({ names: counters, where, by: [], from, to, quantiles: [] }),
      remotes.length === 0
        ? []
        : reader.summary({ names: remotes, types: ['count'], where, by, from, to, quantiles: [] }),
      spark ? this.#sparks.of({ names, where, by, to }) : new Map<string, (number | null)[]>(),
    ]);

    const pause = breathe();
    const byName = new Map(found.flatMap((one) => namesOf(one).map((name) => [name, one] as const)));
    const id = (name: string, values: Summary['tags']) =>
      JSON.stringify([name, by.map((keys) => values[keys[0]!])]);
    const rowId = ({ name, tags }: Summary) => id(byName.get(name)!.metric, tags);
    const partsOf = new Map<string, Summary>();
    for (const part of [...cpus, ...others, ...remote]) {
      partsOf.set(id(part.name, part.tags), part);
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    const rows = new Map<string, RouteRow>();
    for (const wall of walls) {
      const resting = pause();
      if (resting !== undefined) await resting;
      const source = byName.get(wall.name)!;
      if (!source.types.includes(wall.type)) continue;
      const before = rows.get(rowId(wall));
      if (before !== undefined) {
        addWall(before, wall, source.toMs, range.elapsed);
        continue;
      }
      const part = (name: string | undefined) =>
        name === undefined ? undefined : partsOf.get(id(name, wall.tags));
      const cpu = part(source.cpu);
      const queued = part(source.queued);
      const client = part(source.client);
      const timesOf = (one: Summary | undefined) => (one === undefined ? null : times(one, source.toMs));
      const row: RouteRow = {
        metric: source.metric,
        service: tagOf(wall, tags.service) || source.service || '',
        route: tagOf(wall, tags.route) || source.route || NO_ROUTE,
        ...kindOf(recogniser, tagOf(wall, tags.method) || source.method || ''),
        count: wall.count,
        rate: wall.count / range.elapsed,
        errors: 0,
        aborted: 0,
        status: {},
        wall: times(wall, source.toMs),
        cpu: timesOf(cpu),
        stalled: meanOf(part(source.stalled)),
        loopBusy: meanOf(part(source.loopBusy)),
        idle: null,
        queued: queued === undefined ? null : { ...times(queued, source.toMs), count: queued.count },
        delayed: countedMean(part(source.delayed)),
        client: timesOf(client),
        spark: (sparks.get(id(wall.name, wall.tags)) ?? emptySpark()).map((p) =>
          p === null ? null : p * source.toMs,
        ),
      };
      if (row.method === 'OTHER') row.method = 'other';
      if (perHost) row.host = tagOf(wall, HOST);
      if (several?.has(row.service) === true) {
        row.server = {
          address: wall.tags[server!.address] ?? '',
          port: wall.tags[server!.port] ?? '',
        };
      }
      if (more !== undefined) {
        const further = (one: Summary | undefined) =>
          one === undefined ? { values: [], errors: [] } : furtherOf(one, source.toMs);
        row.more = {
          wall: further(wall),
          cpu: further(cpu),
          queued: further(queued),
          client: further(client),
          counts: {
            wall: wall.count,
            cpu: cpu?.count ?? 0,
            queued: queued?.count ?? 0,
            client: client?.count ?? 0,
          },
        };
      }
      const used = part(source.cpuRemote)?.sum ?? 0;
      if (used > 0) row.cpuRemote = { mean: used / wall.count };
      row.idle = idleOf(row);
      if (
        !OWN.includes(recogniser.name) &&
        wall.type === 'timing' &&
        this.#units.given(wall.name) === undefined
      ) {
        if (isDoubtful(row)) row.asksUnit = true;
      }
      rows.set(rowId(wall), row);
    }
    const adders = new Adders();
    for (const one of outcomes) {
      const row = rows.get(rowId(one));
      if (row !== undefined) {
        addOutcome(row, one, tagOf(one, tags.status), recogniser.kinds?.failures);
        adders.count(row, tagOf(one, tags.adder ?? []), one.count);
      }
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    adders.tell();
    for (const source of found) {
      for (const { metric, status } of source.statuses ?? []) {
        const row = [...rows.values()].find((one) => one.metric === source.metric);
        const sum = statuses.find((one) => one.name === metric)?.sum ?? 0;
        if (row !== undefined && sum > 0) addStatus(row, status, sum);
      }
    }
    return [...rows.values()];
  }
}

/** A route's own tag, where it can only be that one: the store then leaves the other routes alone. */
function routeTag(
  { tags }: Recogniser,
  found: readonly RouteMetric[],
  metrics: readonly MetricInfo[],
  route: string | undefined,
): Record<string, string> {
  if (route === undefined) return {};
  const names = new Set(found.map(({ metric }) => metric));
  const carried = new Set(metrics.flatMap(({ name, tagKeys }) => (names.has(name) ? tagKeys : [])));
  const keys = tags.route.filter((key) => carried.has(key));
  return keys.length === 1 && route !== NO_ROUTE ? { [keys[0]!]: route } : {};
}

function isOnly(row: RouteRow, { route, method, service }: NonNullable<RowsOptions['only']>): boolean {
  const isService = service === undefined || row.service === service;
  return row.route === route && row.method.toUpperCase() === method && isService;
}

function kindOf({ kinds }: Recogniser, told: string): Pick<RouteRow, 'kind' | 'method'> {
  return kinds === undefined
    ? { kind: 'request', method: told.toUpperCase() }
    : { kind: told, method: kinds.label(told) };
}

function tagOf(summary: Summary, keys: readonly string[]): string {
  return keys.length === 0 ? '' : (summary.tags[keys[0]!] ?? '');
}

function countedMean(summary: Summary | undefined): { mean: number; count: number } | null {
  const mean = meanOf(summary);
  return mean === null ? null : { ...mean, count: summary!.count };
}

function namesOf({ metric, together = [] }: RouteMetric): string[] {
  return [metric, ...together];
}
