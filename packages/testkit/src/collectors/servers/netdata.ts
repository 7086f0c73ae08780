import { NETDATA_PROGRAMS, startNetdata } from '../../servers/netdata.ts';
import type { Reading } from '../reading.ts';
import type { Collector } from '../server.ts';
import { debianVersion } from './collectd.ts';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export const netdata: Collector = {
  id: 'netdata',
  name: 'netdata',
  settings: ['statsd'],
  how: 'a chart for each metric',
  install: () => debianVersion('netdata-core', NETDATA_PROGRAMS),
  async start() {
    const server = await startNetdata();
    const read = async () => {
      const readings: Reading[] = [];
      for (const chart of await server.charts()) {
        const [, name, type] = /^statsd_(.+)[._](counter|gauge|set|timer|histogram)$/.exec(chart) ?? [];
        // Longer ones lose their type.
        if (name === undefined) continue;
        const seconds = await server.seconds(chart);
        const of = (key: string) => seconds.map((second) => second[key] ?? 0);
        const base = { name, tags: {} };
        if (type === 'counter') readings.push({ ...base, kind: 'count', value: sum(of('counter')) });
        else if (type === 'gauge') readings.push({ ...base, kind: 'gauge', value: of('gauge')[0] });
        else if (type === 'set') readings.push({ ...base, kind: 'set', value: Math.max(...of('unique')) });
        else if (type === 'timer' || type === 'histogram') {
          const events = of('events');
          const total = sum(of('average').map((mean, i) => mean * events[i]!));
          readings.push({ ...base, kind: 'timing', count: sum(events), sum: total });
        }
      }
      return readings;
    };
    return { ...server, udp: server.port, read };
  },
};
