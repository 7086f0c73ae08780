import * as v from 'valibot';
import { RoutemeterError, show } from '../errors/error.ts';
import { warnOnce } from '../errors/warning.ts';
import { urlOfHost } from './host.ts';
import { FIELDS, type FieldName, TAKES } from './schema.ts';
import { parseTagList, type TagPair } from './tags.ts';
import { parseTarget } from './url.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says, as far as it is right. */
export interface FromEnvironment {
  fields: Partial<Record<FieldName, unknown>>;
  tags: TagPair[];
  /** The address came from STATSD_HOST alone: nothing says that Datadog is there. */
  plainHost: boolean;
  liveUrl: string | undefined;
  /** Where the agent takes datagrams over UDP, whatever else is named. */
  agent: { host: string; port: number };
}

type Read = (text: string) => unknown;

const flag: Read = (text) =>
  /^(1|true|yes|on)$/i.test(text) ? true : /^(0|false|no|off)$/i.test(text) ? false : text;
const number: Read = (text) => (text.trim() === '' ? text : Number(text));

const VARIABLES: ReadonlyArray<readonly [name: string, field: FieldName, read: Read]> = [
  ['ROUTEMETER_SERVER', 'server', String],
  ['ROUTEMETER_TIMINGS', 'timings', String],
  ['ROUTEMETER_PREFIX', 'prefix', String],
  ['ROUTEMETER_CPU', 'cpu', (text) => (text === 'auto' || text === 'off' ? text : number(text))],
  ['ROUTEMETER_CPU_CEILING', 'cpuCeiling', number],
  ['ROUTEMETER_BREAKDOWN', 'breakdown', flag],
  ['ROUTEMETER_SERVER_TAGS', 'serverTags', flag],
  ['ROUTEMETER_MAX_SERIES', 'maxSeries', number],
  ['ROUTEMETER_FLUSH_MS', 'flushMs', number],
  ['ROUTEMETER_MAX_PAYLOAD', 'maxPayload', number],
  [
    'ROUTEMETER_IGNORE',
    'ignore',
    (text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
  ],
  ['ROUTEMETER_ENABLED', 'enabled', flag],
  ['ROUTEMETER_RUNTIME', 'runtime', flag],
  [
    'ROUTEMETER_UPSTREAMS',
    'upstreams',
    (text) => {
      const all = flag(text.trim());
      return typeof all === 'boolean' ? all : text.split(',').map((item) => item.trim());
    },
  ],
  ['ROUTEMETER_UPSTREAM_PATHS', 'upstreamPaths', flag],
  ['ROUTEMETER_DELAY', 'delay', flag],
  ['ROUTEMETER_PROFILE_URL', 'profileUrl', String],
  ['ROUTEMETER_PROFILE_TOKEN', 'profileToken', String],
  ['DD_EXTERNAL_ENV', 'externalData', String],
  ['DD_CARDINALITY', 'cardinality', (text) => text.toLowerCase()],
];

const TAG_VARIABLES = [
  ['DD_ENV', 'env'],
  ['DD_SERVICE', 'service'],
  ['DD_VERSION', 'version'],
  ['DD_ENTITY_ID', 'dd.internal.entity_id'],
] as const;

/** Reads the environment. A value that is wrong warns once and counts as not set. */
export function readEnvironment(env: Environment): FromEnvironment {
  const fields: Partial<Record<FieldName, unknown>> = {};
  for (const [name, field, read] of VARIABLES) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    const parsed = v.safeParse(FIELDS[field], read(text));
    if (parsed.success) fields[field] = parsed.output;
    else warn(name, text, `takes ${TAKES[field]}`);
  }
  const [url, from] = readUrl(env);
  if (url !== undefined) fields.url = url;
  const live = env.ROUTEMETER_LIVE_URL?.trim();
  return {
    fields,
    tags: readTags(env),
    plainHost: from === 'STATSD_HOST',
    liveUrl: live ? checkedUrl('ROUTEMETER_LIVE_URL', live) : undefined,
    agent: readAgent(env),
  };
}

function readAgent(env: Environment): { host: string; port: number } {
  try {
    const target = parseTarget(urlOfHost(env.DD_AGENT_HOST?.trim() || '127.0.0.1', env.DD_DOGSTATSD_PORT));
    if (target.kind === 'udp') return { host: target.host, port: target.port };
  } catch {
    // Told where the variable is read for the URL.
  }
  return { host: '127.0.0.1', port: 8125 };
}

/** The most specific first: ours, then Datadog's, then the plain ones. */
function readUrl(env: Environment): [url?: string, from?: string] {
  for (const name of ['ROUTEMETER_URL', 'DD_DOGSTATSD_URL']) {
    const text = env[name]?.trim();
    const url = text ? checkedUrl(name, text) : undefined;
    if (url !== undefined) return [url, name];
  }
  for (const [host, port] of [
    ['DD_AGENT_HOST', 'DD_DOGSTATSD_PORT'],
    ['STATSD_HOST', 'STATSD_PORT'],
  ] as const) {
    const name = env[host]?.trim();
    const at = env[port]?.trim();
    if (!name && !(at && host === 'DD_AGENT_HOST')) continue;
    const url = checkedUrl(name ? host : port, urlOfHost(name || '127.0.0.1', at), name || at);
    if (url !== undefined) return [url, host];
  }
  return [];
}

/** @param text what stands in the variable, where it is not the URL itself. */
function checkedUrl(name: string, url: string, text = url): string | undefined {
  try {
    parseTarget(url);
    return url;
  } catch (error) {
    warn(name, text, error instanceof RoutemeterError ? error.message : String(error));
    return undefined;
  }
}

function readTags(env: Environment): TagPair[] {
  const tags: TagPair[] = [];
  for (const [name, key] of TAG_VARIABLES) {
    const value = env[name];
    if (value) tags.push(...checkedTags(name, `${key}:${value}`));
  }
  if (env.DD_TAGS) tags.push(...checkedTags('DD_TAGS', env.DD_TAGS));
  if (env.ROUTEMETER_TAGS) tags.push(...checkedTags('ROUTEMETER_TAGS', env.ROUTEMETER_TAGS));
  return tags;
}

function checkedTags(name: string, text: string): TagPair[] {
  try {
    return parseTagList(text);
  } catch {
    warn(name, text, 'takes key:value,key:value');
    return [];
  }
}

function warn(name: string, text: string, remedy: string): void {
  warnOnce('RM_ENV_INVALID', name, `${name}=${show(text)} ${remedy}; ignored`);
}
