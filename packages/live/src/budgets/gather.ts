import {
  type Applied,
  type Budgets,
  blockName,
  boundQuantile,
  confidenceEach,
  judge,
  limitsFor,
  type Measured,
  measureErrors,
  partsOf,
  type Subject,
  unitMetric,
  type Verdict,
} from 'routemeter/budgets';
import type { Further } from '../routes/row.ts';
import type { Range, RouteTable } from '../routes/table.ts';
import type { Reader } from '../store/store.ts';
import { blockSubjects } from './blocks.ts';
import type { Gathered } from './gathered.ts';
import { measureCalled, UpstreamBook } from './upstreams.ts';

export interface Source {
  store: Reader;
  routes: RouteTable;
}

/** Everything that budgets can be about, in a time. */
export async function gather(
  source: Source,
  range: Range,
  quantiles: readonly number[],
  withCalls: boolean,
): Promise<Gathered[]> {
  const rows = await source.routes.rows(range, { quantiles, spark: false });
  const book = withCalls ? await UpstreamBook.read(source.store, range, rows) : new UpstreamBook();
  const requests = rows.map(({ service, method, route, count, errors, cpu, more }) => ({
    subject: { service, method, route },
    called: book.of({ service, method, route }),
    count: { wall: count, cpu: cpu === null ? 0 : more!.cpuCount },
    errors,
    wall: more!.wall,
    cpu: more!.cpu,
  }));
  const prefixes = new Set(rows.map((row) => unitMetric(row.metric)?.prefix ?? row.metric));
  const blocks = await blockSubjects(source.store, range, quantiles, (name) => blockName(name, prefixes));
  const upstreams = book.upstreams.map(({ subject, called }) => ({
    subject,
    called,
    count: { wall: called.calls, cpu: 0 },
    errors: called.errors,
    wall: NOTHING,
    cpu: NOTHING,
  }));
  return [...requests, ...blocks, ...upstreams];
}

const NOTHING: Further = { values: [], errors: [] };

/** Whether a limit is about calls, which are judged by other numbers than requests are. */
function isOfCalls({ measure }: Pick<Applied, 'measure'>, { upstream }: Subject): boolean {
  return measure === 'calls' || measure === 'wait' || upstream !== undefined;
}

/** How limits are judged. */
export interface Judging {
  /** Of all verdicts together. */
  confidence: number;
  /**
   * Takes counts with two digits, rounded down: bounds are a little lower, and many routes share the
   * quantiles that have to be looked up.
   */
  coarse?: boolean;
}

/** Each limit held against what was measured in a time. */
export async function verdicts(
  source: Source,
  budgets: Budgets,
  range: Range,
  { confidence, coarse = false }: Judging,
): Promise<{ verdicts: Verdict[]; subjects: Subject[] }> {
  // How far the bound of a quantile reaches depends on the count; so first the counts, then the quantiles.
  const withCalls = budgets.rules.some((rule) => rule.limits.some((limit) => isOfCalls(limit, rule)));
  const counted = await gather(source, range, [], withCalls);
  const asked = counted.flatMap((one) =>
    limitsFor(budgets, one.subject).map((limit) => ({ id: idOf(one.subject), one, limit })),
  );
  const each = confidenceEach(confidence, asked.length);
  const quantiles = new Set<number>();
  const bounds = asked.map(({ one, limit }) => {
    const { part, q } = partsOf(limit.measure);
    if (part !== 'wall' && part !== 'cpu') return undefined;
    const bound = boundQuantile(coarse ? twoDigits(one.count[part]) : one.count[part], q, each);
    quantiles.add(q);
    if (bound !== undefined) quantiles.add(bound);
    return bound;
  });
  const list = [...quantiles];
  const full = new Map(
    (list.length === 0 ? counted : await gather(source, range, list, withCalls)).map((one) => [
      idOf(one.subject),
      one,
    ]),
  );
  const measured = (one: Gathered, limit: Applied, bound: number | undefined): Measured => {
    const { part, q } = partsOf(limit.measure);
    if (isOfCalls(limit, one.subject))
      return one.called === undefined
        ? { count: 0, value: null, atLeast: null }
        : measureCalled(limit, one.called, each);
    if (part === 'errors') return measureErrors(one.errors, Math.round(one.count.wall), each);
    const time = part as 'wall' | 'cpu';
    const { values, errors } = one[time];
    const value = values[list.indexOf(q)] ?? null;
    const least = bound === undefined ? null : (values[list.indexOf(bound)] ?? null);
    // What the store may be off by is on the side of who is judged.
    const atLeast = least === null ? null : least / (1 + (errors[list.indexOf(bound!)] ?? 0));
    return { count: one.count[time], value, atLeast };
  };
  return {
    verdicts: asked.map(({ id, one, limit }, i) =>
      judge(limit, one.subject, measured(full.get(id) ?? one, limit, bounds[i]), each),
    ),
    subjects: counted.map((one) => one.subject),
  };
}

function twoDigits(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return Math.floor(count / unit) * unit;
}

export function idOf({ service, method, route, block, upstream }: Subject): string {
  return JSON.stringify([service, method, route, block, upstream]);
}
