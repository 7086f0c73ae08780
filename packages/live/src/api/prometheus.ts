import { labelName, metricName, totalName } from '../prometheus/names.ts';
import { breathe, type Pause } from '../store/breathe.ts';
import type { Total } from '../store/store.ts';
import type { WriteStats } from '../write/writer.ts';
import type { Endpoint } from './endpoint.ts';

export const prometheus: Endpoint = {
  method: 'GET',
  path: '/metrics',
  type: 'text/plain; version=0.0.4; charset=utf-8',
  async handle(_query, context) {
    const stats = await context.stats();
    const parts = [
      own('packets_total', 'counter', 'Payloads received', stats.packets),
      own('lines_total', 'counter', 'Lines received', stats.lines),
      own('samples_total', 'counter', 'Values received', stats.samples),
      own('rejected_lines_total', 'counter', 'Lines that could not be read', stats.rejected),
      own('kernel_drops_total', 'counter', 'Datagrams dropped by the kernel', stats.kernelDrops ?? 0),
      ...(typeof stats.denied === 'number'
        ? [own('denied_requests_total', 'counter', 'Requests without the token', stats.denied)]
        : []),
      own('series', 'gauge', 'Series held', stats.series),
      ...(stats.write === undefined ? [] : writing(stats.write)),
    ];
    for await (const part of families(context.own.store.totals(), context.own.store.bounds)) parts.push(part);
    return parts.join('');
  },
};

/** Of `--write`. */
function writing({
  sent,
  samples,
  bytes,
  retries,
  skippedTicks,
  dropped,
  queued,
  clockSkew,
}: WriteStats): string[] {
  const lost = Object.entries(dropped).map(
    ([cause, n]) => `routemeter_live_write_dropped_total{cause="${cause}"} ${n}\n`,
  );
  return [
    own('write_requests_total', 'counter', 'Requests that the target took', sent),
    own('write_samples_total', 'counter', 'Samples in them', samples),
    own('write_bytes_total', 'counter', 'Bytes of them', bytes),
    own('write_retries_total', 'counter', 'Requests sent again', retries),
    own(
      'write_skipped_ticks_total',
      'counter',
      'Ticks that found no room or an unknown target',
      skippedTicks,
    ),
    own('write_queued_bytes', 'gauge', 'Bytes that wait', queued.bytes),
    own('write_clock_skew_seconds', 'gauge', "This host's clock ahead of the target's", clockSkew ?? 0),
    '# HELP routemeter_live_write_dropped_total Samples lost, by cause\n',
    '# TYPE routemeter_live_write_dropped_total counter\n',
    ...lost,
  ];
}

function own(name: string, type: string, help: string, value: number): string {
  const full = `routemeter_live_${name}`;
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full} ${value}\n`;
}

/** One block of text for each metric. Names that become the same with another type get their type behind them. */
async function* families(totals: Iterable<Total>, bounds: readonly number[]): AsyncGenerator<string> {
  const pause = breathe();
  const families = new Map<string, Map<string, Total[]>>();
  for (const total of totals) {
    const resting = pause();
    if (resting !== undefined) await resting;
    const name = nameOf(total);
    const kind = kindOf(total);
    const kinds = families.get(name) ?? new Map<string, Total[]>();
    families.set(name, kinds);
    const members = kinds.get(kind);
    if (members === undefined) kinds.set(kind, [total]);
    else members.push(total);
  }
  for (const [plain, kinds] of families) {
    for (const [kind, members] of kinds) {
      const name = kinds.size > 1 ? `${plain}_${kind}` : plain;
      yield `# TYPE ${name} ${kind}\n`;
      for (const [labels, total] of await merged(members, pause)) {
        yield samples(name, kind, labels, total, bounds);
        const resting = pause();
        if (resting !== undefined) await resting;
      }
    }
  }
}

/** Two wire series can be one in Prometheus' narrower alphabet; a series must not appear twice. */
async function merged(members: readonly Total[], pause: Pause): Promise<Map<string, Total>> {
  const byLabels = new Map<string, Total>();
  for (const total of members) {
    const resting = pause();
    if (resting !== undefined) await resting;
    const labels = labelsOf(total);
    const before = byLabels.get(labels);
    byLabels.set(labels, before === undefined || total.type === 'gauge' ? total : add(before, total));
  }
  return byLabels;
}

function add(a: Total, b: Total): Total {
  return {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    buckets: (a.buckets ?? b.buckets)?.map((_, i) => (a.buckets?.[i] ?? 0) + (b.buckets?.[i] ?? 0)),
  };
}

function samples(
  name: string,
  kind: string,
  labels: string,
  total: Total,
  bounds: readonly number[],
): string {
  if (kind !== 'histogram') return `${name}${braces(labels)} ${kind === 'counter' ? total.sum : total.sum}\n`;
  let text = '';
  const lead = labels === '' ? '' : `${labels},`;
  for (const [i, bound] of bounds.entries()) {
    text += `${name}_bucket{${lead}le="${bound}"} ${total.buckets?.[i] ?? 0}\n`;
  }
  text += `${name}_bucket{${lead}le="+Inf"} ${total.count}\n`;
  return `${text}${name}_sum${braces(labels)} ${total.sum}\n${name}_count${braces(labels)} ${total.count}\n`;
}

function kindOf(total: Total): string {
  if (total.type === 'count') return 'counter';
  return total.type === 'gauge' ? 'gauge' : total.type === 'set' ? 'gauge' : 'histogram';
}

function nameOf(total: Total): string {
  const name = metricName(total.name);
  return total.type === 'count' ? totalName(name) : name;
}

function labelsOf(total: Total): string {
  const labels = new Map<string, string>();
  for (const [key, value] of total.tags) {
    const name = labelName(key);
    if (name !== 'le' && name !== '') labels.set(name, value.replace(/[\\"\n]/g, escaped));
  }
  return [...labels].map(([name, value]) => `${name}="${value}"`).join(',');
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function braces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
