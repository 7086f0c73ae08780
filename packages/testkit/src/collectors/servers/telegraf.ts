import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../pack.ts';
import { dataFolder, freePort, startProgram } from '../../servers/program.ts';
import { goProgram } from '../go.ts';
import { type Kind, Readings, tagsOf } from '../reading.ts';
import type { Collector } from '../server.ts';
import { startSink } from '../sink.ts';
import { replaceAll } from './template.ts';

const build = () => goProgram('telegraf', { version: 'github.com/influxdata/telegraf' });
/** Values that Telegraf holds for percentiles are of one interval. */
const INTERVAL = '3s';

export const telegraf: Collector = {
  id: 'telegraf',
  name: 'Telegraf',
  settings: ['telegraf'],
  how: '`deploy/agents/telegraf.conf`',
  install: async () => (await build()).version,
  async start() {
    const { path } = await build();
    const folder = dataFolder('telegraf');
    const udp = await freePort();
    const readings = new Readings();
    const sink = await startSink((url, body) => {
      if (url.startsWith('/write')) for (const line of body.split('\n')) add(readings, line);
    });
    const config = join(folder, 'telegraf.conf');
    const text = replaceAll(readFileSync(join(ROOT, 'deploy/agents/telegraf.conf'), 'utf8'), {
      'interval = "10s"\n': `interval = "${INTERVAL}"\n`,
      'flush_interval = "10s"': `flush_interval = "1s"`,
      '127.0.0.1:8125': `127.0.0.1:${udp}`,
      'http://victoria-metrics:8428': `http://127.0.0.1:${sink.port}`,
    });
    // The same settings for its listener over TCP, which is a second instance.
    const input = text.slice(text.indexOf('[[inputs.statsd]]'), text.indexOf('[[outputs'));
    const overTcp = input
      .replace('protocol = "udp"', 'protocol = "tcp"')
      .replace(/.*read_buffer_size.*\n/, '');
    writeFileSync(config, `${text}\n${overTcp}`);
    const program = await startProgram(path, [config], { ready: udp, folders: [folder] });
    return {
      udp,
      tcp: udp,
      read: async () => readings.list(),
      async stop() {
        await program.stop();
        await sink.stop();
      },
    };
  },
};

const KINDS: Record<string, Kind> = { counter: 'count', gauge: 'gauge', set: 'set' };

/** A line of InfluxDB's protocol: `name,tag=value field=1,other=2i 1700000000`. */
function add(readings: Readings, line: string): void {
  const [head, fields] = line.split(/(?<!\\) /);
  if (head === '' || fields === undefined) return;
  const [name, ...parts] = head!.split(/(?<!\\),/).map((part) => part.replace(/\\(.)/g, '$1'));
  const { host: _, metric_type: type = '', ...tags } = tagsOf(parts);
  const values = Object.fromEntries(
    Object.entries(tagsOf(fields.split(','))).map(([key, text]) => [key, Number.parseFloat(text)]),
  );
  const kind = KINDS[type] ?? 'timing';
  if (kind !== 'timing' || values.count === undefined) {
    readings.add({ name: name!, tags, kind: kind === 'timing' ? 'gauge' : kind, value: values.value });
    return;
  }
  const quantiles = Object.fromEntries(
    [50, 95, 99].flatMap((at) => {
      const value = values[`${at}_percentile`] ?? values[`${at}.0_percentile`];
      return value === undefined ? [] : [[String(at / 100), value]];
    }),
  );
  readings.add({ name: name!, tags, kind, count: values.count, sum: values.sum, quantiles });
}
