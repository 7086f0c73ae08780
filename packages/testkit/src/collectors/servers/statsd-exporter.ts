import { join } from 'node:path';
import { dataFolder, freePort, startProgram } from '../../servers/program.ts';
import { goProgram } from '../go.ts';
import type { Reading } from '../reading.ts';
import type { Collector } from '../server.ts';

const MODULE = 'github.com/prometheus/statsd_exporter';
const build = () => goProgram('statsd_exporter', { main: MODULE, version: MODULE });

export const statsdExporter: Collector = {
  id: 'statsd_exporter',
  name: 'statsd_exporter',
  settings: ['statsd_exporter'],
  how: 'its defaults, without a mapping',
  install: async () => (await build()).version,
  async start() {
    const { text, ...server } = await startExporter();
    return { ...server, read: async () => readText(await text()) };
  },
};

/** @param more further arguments, such as a mapping. */
export async function startExporter(more: readonly string[] = []) {
  const { path } = await build();
  const folder = dataFolder('statsd-exporter');
  const [web, udp] = [await freePort(), await freePort()];
  const unixDatagram = join(folder, 'statsd.sock');
  const program = await startProgram(
    path,
    [
      `--web.listen-address=127.0.0.1:${web}`,
      `--statsd.listen-udp=127.0.0.1:${udp}`,
      `--statsd.listen-tcp=127.0.0.1:${udp}`,
      `--statsd.listen-unixgram=${unixDatagram}`,
      '--statsd.read-buffer=4194304',
      ...more,
    ],
    { ready: web, folders: [folder] },
  );
  const text = async () => (await fetch(`http://127.0.0.1:${web}/metrics`)).text();
  return { ...program, udp, tcp: udp, unixDatagram, text };
}

/** Prometheus' text format, without what the exporter says of itself. */
function readText(text: string): Reading[] {
  const types = new Map<string, string>();
  const found = new Map<string, Reading>();
  for (const line of text.split('\n')) {
    const [, named, type] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
    if (named !== undefined) types.set(named, type!);
    const [, name, labels = '', value] = /^([^\s{#]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || /^(?:go|process|promhttp|statsd_exporter|statsd_metric_mapper)_/.test(name))
      continue;
    const { quantile, ...tags } = Object.fromEntries(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [
        key,
        JSON.parse(`"${text}"`),
      ]),
    ) as Record<string, string>;
    const base = types.has(name) ? name : name.replace(/_(sum|count)$/, '');
    const key = `${base} ${JSON.stringify(tags)}`;
    if (types.get(base) === 'summary') {
      const reading = found.get(key) ?? { name: base, tags, kind: 'timing' as const, quantiles: {} };
      found.set(key, reading);
      if (quantile !== undefined) reading.quantiles![quantile] = Number(value);
      else if (name.endsWith('_sum')) reading.sum = Number(value);
      else reading.count = Number(value);
    } else {
      const kind = types.get(base) === 'counter' ? 'count' : 'gauge';
      found.set(key, { name: base, tags, kind, value: Number(value) });
    }
  }
  return [...found.values()];
}
