import type { Files } from '../files.ts';
import type { Plan } from '../plan.ts';
import { mappingOf } from './mapping.ts';
import type { Source } from './names.ts';
import { rulesOf } from './rules.ts';

export { SOURCES, type Source } from './names.ts';

/** Rules, and for statsd_exporter its mapping; `yaml` writes a value as YAML. */
export function prometheusFiles(plan: Plan, source: Source, yaml: (value: unknown) => string): Files {
  const rules = { 'routemeter.rules.yml': yaml(rulesOf(plan, source)) };
  return source === 'statsd_exporter' ? { ...rules, 'statsd_mapping.yml': yaml(mappingOf(plan)) } : rules;
}
