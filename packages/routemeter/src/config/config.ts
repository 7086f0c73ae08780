import * as v from 'valibot';
import { RoutemeterError, show } from '../errors/error.ts';
import { containerId } from './container.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { type Orderer, ordererOf } from './orderer.ts';
import { FIELDS, type FieldName, TAKES } from './schema.ts';
import {
  type DialectName,
  type DogStatsDReads,
  SERVERS,
  type ServerName,
  type TimingType,
} from './servers.ts';
import { configuredTags, type TagInput, type TagPair } from './tags.ts';
import { type CallKind, wantedKinds } from './upstreams.ts';
import { parseTarget, type Target } from './url.ts';

/** Everything a meter needs to know, checked and complete. */
export interface Config {
  readonly url: string;
  readonly target: Target;
  /** Whether anybody named a target: the default is for those who did not. */
  readonly urlGiven: boolean;
  readonly server: ServerName;
  readonly dialect: DialectName;
  readonly pack: boolean;
  readonly timings: TimingType;
  /** Payloads on a Unix stream stand behind their length. */
  /** Parts of DogStatsD that the server reads. */
  readonly reads: DogStatsDReads;
  readonly framed: boolean;
  /** Checked to be the name of a naming, a function, or an array of these. */
  readonly names: unknown;
  readonly prefix: string;
  readonly tags: readonly TagPair[];
  readonly cpu: 'auto' | 'off' | number;
  /** Of `auto`: the share of the loop's time that the measuring may take. */
  readonly cpuCeiling: number;
  readonly breakdown: boolean;
  readonly serverTags: boolean;
  readonly sampleRate: number;
  readonly maxSeries: number;
  readonly flushMs: number;
  /** Null: what suits the target. */
  readonly maxPayload: number | null;
  readonly exitWaitMs: number;
  readonly ignore: readonly string[];
  readonly methods: readonly string[];
  /** Checked to be a function, if given. */
  readonly requestTags: unknown;
  readonly enabled: boolean;
  /** Whether the metrics of the process are wanted; undefined where nobody said. */
  readonly runtime: boolean | undefined;
  /** Kinds of calls to upstreams that are sent. */
  readonly upstreams: readonly CallKind[];
  /** Whether the calls of HTTP clients are told apart by the templates of their paths. */
  readonly upstreamPaths: boolean;
  /** Whether it is sent how long the loop kept requests waiting. */
  readonly delay: boolean;
  /** The live server whose orders for profiles are taken. */
  readonly orderer: Orderer | null;
  /** Fields that a Datadog Agent adds tags by. */
  readonly containerId: string | undefined;
  readonly externalData: string | undefined;
  readonly cardinality: string | undefined;
  /** Where datagrams go when there is no addon for Unix ones. */
  readonly agent: { readonly host: string; readonly port: number };
  readonly liveTarget: Target | null;
}

/**
 * Options over environment over defaults.
 *
 * @throws RoutemeterError RM_OPTION_UNKNOWN, RM_OPTION_INVALID, RM_URL_INVALID or RM_TAG_INVALID,
 * for options only; a wrong environment value warns once.
 */
export function resolveConfig(options: Readonly<Record<string, unknown>>, env: Environment): Config {
  const given = check(options);
  const found = readEnvironment(env);
  const pick = <T>(field: FieldName, fallback: T): T =>
    (given[field] ?? found.fields[field] ?? fallback) as T;

  const plainHost = found.plainHost && given.url === undefined;
  const server = pick<ServerName>('server', plainHost ? 'statsd' : 'datadog');
  const traits = SERVERS[server];
  const dialect = pick<DialectName>('dialect', traits.dialect);
  // With a dialect of another server's, only what every server reads.
  const usual = dialect === traits.dialect ? traits : { ...traits, pack: false, timings: 'timing' as const };
  if (given.pack === true && dialect !== 'dogstatsd') {
    throw new RoutemeterError(
      'RM_OPTION_INVALID',
      `pack: true with the dialect "${dialect}" would lose samples, since its servers read one value a line; leave out "pack"`,
    );
  }
  for (const field of ['externalData', 'cardinality'] as const) {
    if (given[field] !== undefined && dialect === 'dogstatsd' && !traits.reads.origin) {
      throw new RoutemeterError(
        'RM_OPTION_INVALID',
        `${field} with the server "${server}" would lose every sample, since that drops lines with fields of Datadog's; leave out "${field}"`,
      );
    }
  }
  const ofDatadog = <T>(field: FieldName): T | undefined =>
    (given[field] ?? (server === 'datadog' ? found.fields[field] : undefined)) as T | undefined;
  const url = pick('url', 'udp://127.0.0.1:8125');
  return {
    url,
    target: parseTarget(url),
    urlGiven: given.url !== undefined || found.fields.url !== undefined,
    server,
    dialect,
    pack: pick('pack', usual.pack),
    timings: pick('timings', usual.timings),
    reads: traits.reads,
    framed: traits.framed,
    names: pick('names', 'tagged'),
    prefix: pick('prefix', ''),
    tags: mergeTags(found.tags, given.tags === undefined ? [] : configuredTags(given.tags as TagInput)),
    cpu: pick<Config['cpu']>('cpu', 'auto'),
    // Above it samples have a rate, by which some servers would be wrong: there only who asks for it.
    cpuCeiling: pick('cpuCeiling', traits.sampledTimings ? 0.03 : 1),
    breakdown: pick('breakdown', false),
    serverTags: pick('serverTags', false),
    sampleRate: pick('sampleRate', 1),
    maxSeries: pick('maxSeries', 2000),
    flushMs: pick('flushMs', 1000),
    maxPayload: pick('maxPayload', null),
    exitWaitMs: pick('exitWaitMs', 100),
    ignore: pick<readonly string[]>('ignore', []),
    methods: pick<readonly string[]>('methods', []),
    requestTags: pick('requestTags', undefined),
    enabled: pick('enabled', true),
    runtime: pick('runtime', undefined),
    upstreams: wantedKinds(pick<boolean | readonly CallKind[]>('upstreams', false)),
    upstreamPaths: pick('upstreamPaths', false),
    delay: pick('delay', false),
    orderer: ordererOf(
      pick('profileUrl', undefined),
      pick('profileToken', undefined),
      given.profileUrl !== undefined || given.profileToken !== undefined,
    ),
    containerId: given.containerId === 'auto' ? containerId() : (given.containerId as string | undefined),
    externalData: ofDatadog('externalData'),
    cardinality: ofDatadog('cardinality'),
    agent: found.agent,
    liveTarget: found.liveUrl === undefined ? null : parseTarget(found.liveUrl),
  };
}

function check(options: Readonly<Record<string, unknown>>): Partial<Record<FieldName, unknown>> {
  const given: Partial<Record<FieldName, unknown>> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(FIELDS, name)) {
      throw new RoutemeterError('RM_OPTION_UNKNOWN', `option ${show(name)} does not exist${closest(name)}`);
    }
    const field = name as FieldName;
    if (!v.safeParse(FIELDS[field], value).success) {
      throw new RoutemeterError(
        'RM_OPTION_INVALID',
        `${name}: ${show(value)} is not ${TAKES[field]}; correct "${name}"`,
      );
    }
    given[field] = value;
  }
  return given;
}

function closest(name: string): string {
  const wanted = name.toLowerCase().replace(/[^a-z]/g, '');
  const near = Object.keys(FIELDS).find(
    (field) => field.toLowerCase() === wanted || field.toLowerCase().startsWith(wanted),
  );
  return near ? `; did you mean "${near}"?` : `; known are ${Object.keys(FIELDS).join(', ')}`;
}

function mergeTags(...lists: ReadonlyArray<readonly TagPair[]>): TagPair[] {
  const merged = new Map<string, string>();
  for (const list of lists) for (const [key, value] of list) merged.set(key, value);
  return [...merged];
}
