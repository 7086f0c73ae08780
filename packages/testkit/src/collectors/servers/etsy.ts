import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { dataFolder, freePort, startProgram } from '../../servers/program.ts';
import { type Reading, Readings, tagsOf } from '../reading.ts';
import type { Collector } from '../server.ts';

const folderOf = () => dirname(createRequire(import.meta.url).resolve('statsd/package.json'));

/** Writes each interval as a line of JSON: the interface that all of its backends have. */
const BACKEND = `
const { appendFileSync } = require('node:fs');
exports.init = (_, { file }, events) => {
  events.on('flush', (_, { counters, gauges, timer_data, sets }) => {
    const members = Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, set.values().length]));
    appendFileSync(file, JSON.stringify({ counters, gauges, timers: timer_data, sets: members }) + '\\n');
  });
  return true;
};
`;

interface Interval {
  counters: Record<string, number>;
  gauges: Record<string, number>;
  timers: Record<string, { count: number; sum: number; median: number; upper_95: number; upper_99: number }>;
  sets: Record<string, number>;
}

export const etsy: Collector = {
  id: 'etsy',
  name: "Etsy's StatsD",
  settings: ['graphite', 'statsd'],
  how: 'its defaults, with percentiles 95 and 99',
  install: async () =>
    (JSON.parse(readFileSync(join(folderOf(), 'package.json'), 'utf8')) as { version: string }).version,
  async start() {
    const folder = dataFolder('etsy');
    const [udp, management] = [await freePort(), await freePort()];
    const [config, backend, file] = ['config.js', 'backend.js', 'intervals'].map((name) =>
      join(folder, name),
    );
    writeFileSync(backend!, BACKEND);
    const settings = {
      servers: [
        { server: './servers/udp', address: '127.0.0.1', port: udp },
        { server: './servers/tcp', address: '127.0.0.1', port: udp },
      ],
      mgmt_address: '127.0.0.1',
      mgmt_port: management,
      backends: [backend],
      file,
      flushInterval: 2_000,
      percentThreshold: [95, 99],
      deleteIdleStats: true,
      deleteGauges: false,
    };
    writeFileSync(config!, JSON.stringify(settings));
    const program = await startProgram(
      process.execPath,
      ['--no-warnings', join(folderOf(), 'stats.js'), config!],
      {
        cwd: folderOf(),
        ready: management,
        folders: [folder],
      },
    );
    return { ...program, udp, tcp: udp, read: async () => (existsSync(file!) ? readIntervals(file!) : []) };
  },
};

function readIntervals(file: string): Reading[] {
  const readings = new Readings();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const { counters, gauges, timers, sets } = JSON.parse(line) as Interval;
    const of = (key: string) => {
      const [name, ...tags] = key.split(';');
      return { name: name!, tags: tagsOf(tags) };
    };
    for (const [key, value] of Object.entries(counters))
      if (!key.startsWith('statsd.')) readings.add({ ...of(key), kind: 'count', value });
    for (const [key, value] of Object.entries(gauges))
      if (!key.startsWith('statsd.')) readings.add({ ...of(key), kind: 'gauge', value });
    for (const [key, value] of Object.entries(sets)) readings.add({ ...of(key), kind: 'set', value });
    for (const [key, { count, sum, median, upper_95, upper_99 }] of Object.entries(timers)) {
      const quantiles = { 0.5: median, 0.95: upper_95, 0.99: upper_99 };
      readings.add({ ...of(key), kind: 'timing', count, sum, quantiles });
    }
  }
  return readings.list();
}
