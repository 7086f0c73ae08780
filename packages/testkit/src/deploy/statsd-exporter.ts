import { Ajv } from 'ajv';

// What statsd_exporter takes as a mapping file, from its README and from pkg/mapper/mapper.go (which refuses
// the file as a whole for one bad rule).
const METRIC = '[a-zA-Z_](-?[a-zA-Z0-9_])*';
const GLOB = new RegExp(`^(\\*\\.|${METRIC}\\.)+(\\*|${METRIC})$`);
const REPLACED = '(\\$\\{?\\d+\\}?)';
const NAME = `^([a-zA-Z_]|${REPLACED})([a-zA-Z0-9_]|${REPLACED})*$`;
const LABEL = '^[a-zA-Z_][a-zA-Z0-9_]+$';
/** Go's `time.ParseDuration`. */
const DURATION = '^(0|(\\d+(\\.\\d+)?(ns|us|µs|ms|s|m|h))+)$';

const buckets = { type: 'array', items: { type: 'number' }, minItems: 1 };
const quantiles = {
  type: 'array',
  items: {
    type: 'object',
    properties: { quantile: { type: 'number' }, error: { type: 'number' } },
    required: ['quantile', 'error'],
    additionalProperties: false,
  },
};
const shared = {
  observer_type: { enum: ['histogram', 'summary'] },
  match_type: { enum: ['glob', 'regex'] },
  ttl: { type: 'string', pattern: DURATION },
  summary_options: {
    type: 'object',
    properties: {
      quantiles,
      max_age: { type: 'string', pattern: DURATION },
      age_buckets: { type: 'integer', minimum: 1 },
      buf_cap: { type: 'integer', minimum: 1 },
    },
    additionalProperties: false,
  },
  histogram_options: { type: 'object', properties: { buckets }, additionalProperties: false },
};

const validate = new Ajv({ strict: true, allErrors: true }).compile({
  type: 'object',
  properties: {
    defaults: {
      type: 'object',
      properties: { ...shared, glob_disable_ordering: { type: 'boolean' } },
      additionalProperties: false,
    },
    mappings: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          ...shared,
          match: { type: 'string', minLength: 1 },
          match_metric_type: { enum: ['counter', 'gauge', 'observer'] },
          name: { type: 'string', pattern: NAME },
          help: { type: 'string' },
          action: { enum: ['map', 'drop'] },
          scale: { type: 'number' },
          labels: {
            type: 'object',
            propertyNames: { pattern: LABEL },
            additionalProperties: { type: 'string' },
          },
        },
        required: ['match', 'name'],
        additionalProperties: false,
      },
    },
  },
  required: ['mappings'],
  additionalProperties: false,
});

interface Mapping {
  match: string;
  match_type?: string;
  name: string;
  labels?: Record<string, string>;
  observer_type?: string;
  summary_options?: object;
  histogram_options?: { buckets?: number[] };
}

/** Why statsd_exporter would not take this mapping file, line by line; empty where it would. */
export function mappingFaults(config: unknown): string[] {
  if (!validate(config))
    return validate.errors!.map(({ instancePath, message }) => `${instancePath}: ${message}`);
  const { defaults = {}, mappings } = config as { defaults?: Partial<Mapping>; mappings: Mapping[] };
  const faults = rising('defaults', defaults);
  for (const mapping of mappings) {
    const { match, match_type: type = defaults.match_type ?? 'glob', labels = {}, name } = mapping;
    let captures = 0;
    if (type === 'glob') {
      if (!GLOB.test(match)) faults.push(`${match}: no glob`);
      captures = match.split('*').length - 1;
    } else {
      // Go's expressions, of which ours are a part.
      captures = new RegExp(`${match}|`).exec('')!.length - 1;
    }
    for (const text of [name, ...Object.values(labels)]) {
      for (const [, index] of text.matchAll(/\$\{?(\d+)\}?/g)) {
        if (Number(index) > captures) faults.push(`${match}: $${index} of ${captures}`);
      }
    }
    const observer = mapping.observer_type ?? defaults.observer_type;
    if (observer === 'histogram' && mapping.summary_options) faults.push(`${match}: summary_options`);
    if (observer === 'summary' && mapping.histogram_options) faults.push(`${match}: histogram_options`);
    faults.push(...rising(match, mapping));
  }
  return faults;
}

/** The Prometheus library ends a program whose buckets do not rise. */
function rising(where: string, { histogram_options }: Partial<Mapping>): string[] {
  const bounds = histogram_options?.buckets ?? [];
  return bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]!)
    ? []
    : [`${where}: buckets do not rise`];
}
