import { type Subject, unitSubject } from 'routemeter/budgets';
import { CALLER_TAGS } from '../calls/reading.ts';
import { blockMetrics } from '../routes/blocks.ts';
import { SERVICE, TIMINGS } from '../routes/recogniser.ts';
import type { Range } from '../routes/table.ts';
import type { Reader, Summary } from '../store/store.ts';
import type { Gathered } from './gathered.ts';

const UNIT = [SERVICE, ...CALLER_TAGS];

/** Every block within its route, and over all routes. */
export async function blockSubjects(
  store: Reader,
  { from, to }: Range,
  quantiles: readonly number[],
  nameOf: (metric: string) => string,
): Promise<Gathered[]> {
  const { blocks, cpus } = blockMetrics(await store.metrics());
  if (blocks.length === 0) return [];
  const gathered: Gathered[] = [];
  for (const by of [UNIT, []]) {
    const select = { types: TIMINGS, from, to };
    const walls = await store.summary({ ...select, names: blocks, by, quantiles });
    const cpuTimes = await store.summary({ ...select, names: cpus, by, quantiles });
    const outcomes = await store.summary({
      ...select,
      names: blocks,
      by: [...by, 'error'],
      quantiles: [],
      need: 'counts',
    });
    const groups = new Map(walls.map((wall) => [groupOf(wall, by), wall]));
    for (const [id, wall] of groups) {
      const cpu = cpuTimes.find((one) => groupOf({ ...one, name: one.name.slice(0, -4) }, by) === id);
      const failed = outcomes.filter((one) => groupOf(one, by) === id && (one.tags.error ?? '') !== '');
      gathered.push({
        subject: subjectOf(wall, by, nameOf(wall.name)),
        count: { wall: wall.count, cpu: cpu?.count ?? 0 },
        errors: failed.reduce((sum, one) => sum + one.count, 0),
        wall: { values: wall.quantiles, errors: wall.errors },
        cpu: { values: cpu?.quantiles ?? [], errors: cpu?.errors ?? [] },
      });
    }
  }
  return gathered;
}

type Keys = readonly (string | readonly string[])[];
type Named = Pick<Summary, 'name' | 'tags'>;

function groupOf({ name, tags }: Named, by: Keys): string {
  return JSON.stringify([name, by.map((key) => tags[typeof key === 'string' ? key : key[0]!])]);
}

function subjectOf({ tags }: Named, by: Keys, block: string): Subject {
  if (by.length === 0) return { block };
  const { method = '', route = '' } = unitSubject(tags) ?? {};
  return {
    service: tags[SERVICE[0]!] ?? '',
    method: method.toUpperCase().replace(/^OTHER$/, 'other'),
    route,
    block,
  };
}
