import * as v from 'valibot';
import { DIALECTS, SERVERS, type ServerName } from './servers.ts';
import { CALL_KINDS } from './upstreams.ts';

/** Namings by name; several may be sent at once. */
export const NAMINGS = ['tagged', 'per-view', 'connect-datadog', 'express-hot-shots'] as const;
export const CARDINALITIES = ['none', 'low', 'orchestrator', 'high'] as const;

const CONTROL = /[\x00-\x1f\x7f]/;

const positive = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const text = v.pipe(
  v.string(),
  v.check((value) => !CONTROL.test(value), 'text without control characters'),
);
const fraction = v.pipe(v.number(), v.gtValue(0, 'a number above 0'), v.maxValue(1));
const callable = v.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'a function',
);

/** One schema per option. Its message says what would be right. */
export const FIELDS = {
  url: v.string(),
  server: v.picklist(Object.keys(SERVERS) as ServerName[]),
  dialect: v.picklist(DIALECTS),
  pack: v.boolean(),
  timings: v.picklist(['distribution', 'histogram', 'timing'] as const),
  names: v.union([
    v.picklist(NAMINGS),
    callable,
    v.pipe(v.array(v.union([v.picklist(NAMINGS), callable])), v.minLength(1), v.maxLength(8)),
  ]),
  prefix: text,
  tags: v.union([v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), v.array(v.string())]),
  cpu: v.union([v.literal('auto'), v.literal('off'), fraction]),
  cpuCeiling: v.pipe(v.number(), v.minValue(0.001), v.maxValue(1)),
  breakdown: v.boolean(),
  serverTags: v.boolean(),
  sampleRate: fraction,
  maxSeries: positive(1_000_000),
  flushMs: positive(3_600_000),
  maxPayload: v.pipe(v.number(), v.integer(), v.minValue(64), v.maxValue(65_507)),
  exitWaitMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(60_000)),
  ignore: v.array(v.string()),
  methods: v.array(v.pipe(v.string(), v.regex(/^[A-Z-]{1,32}$/))),
  requestTags: callable,
  enabled: v.boolean(),
  runtime: v.boolean(),
  upstreams: v.union([v.boolean(), v.pipe(v.array(v.picklist(CALL_KINDS)), v.minLength(1))]),
  upstreamPaths: v.boolean(),
  delay: v.boolean(),
  profileUrl: v.pipe(
    v.string(),
    v.check((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'an address'),
  ),
  profileToken: v.string(),
  containerId: text,
  externalData: text,
  cardinality: v.picklist(CARDINALITIES),
} as const;

export type FieldName = keyof typeof FIELDS;

/** What each option takes, as errors say it. */
export const TAKES: Record<FieldName, string> = {
  url: 'a URL such as udp://127.0.0.1:8125',
  server: `one of ${Object.keys(SERVERS).join(', ')}`,
  dialect: `one of ${DIALECTS.join(', ')}`,
  pack: 'true or false',
  timings: 'distribution, histogram or timing',
  names: `one of ${NAMINGS.join(', ')}, a function, or an array of these`,
  prefix: 'text without control characters, for example "myapp"',
  tags: 'an object such as { app: "myapp" } or an array such as ["app:myapp"]',
  cpu: '"auto", "off" or a fraction above 0 and up to 1',
  cpuCeiling: 'a share of the event loop from 0.001 to 1, such as 0.03',
  breakdown: 'true or false',
  serverTags: 'true or false',
  sampleRate: 'a number above 0 and up to 1',
  maxSeries: 'a whole number from 1 to 1000000',
  flushMs: 'a whole number of milliseconds from 1 to 3600000',
  maxPayload: 'a whole number of bytes from 64 to 65507',
  exitWaitMs: 'a whole number of milliseconds from 0 to 60000',
  ignore: 'an array of route templates such as ["/healthz"]',
  methods: 'an array of upper-case methods such as ["PURGE"]',
  requestTags: 'a function from request and response to tags',
  enabled: 'true or false',
  runtime: 'true or false',
  upstreams: `true, false or an array of ${CALL_KINDS.join(', ')}`,
  upstreamPaths: 'true or false',
  delay: 'true or false',
  profileUrl: 'an address such as http://127.0.0.1:8127',
  profileToken: 'text',
  containerId: '"auto" or the id of the container',
  externalData: 'text without control characters',
  cardinality: `one of ${CARDINALITIES.join(', ')}`,
};
