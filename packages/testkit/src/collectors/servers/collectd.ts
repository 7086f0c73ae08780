import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { COLLECTD_PROGRAMS, startCollectd } from '../../servers/collectd.ts';
import { debianPrograms } from '../../servers/debian.ts';
import type { Reading } from '../reading.ts';
import type { Collector } from '../server.ts';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export const collectd: Collector = {
  id: 'collectd',
  name: 'collectd',
  settings: ['statsd'],
  how: '`TimerCount` and `TimerSum`',
  install: () => debianVersion('collectd-core', COLLECTD_PROGRAMS),
  async start() {
    const server = await startCollectd();
    const read = async () => {
      const types = server.types();
      const readings: Reading[] = [];
      for (const type of types) {
        const values = server.values(type);
        const last = values.at(-1)!;
        const [, kind, name] = /^(count|derive|gauge|objects|latency)-(.+)$/s.exec(type) ?? [];
        if (name === undefined) continue;
        // Beside each counter stands its total; the counter itself has the rate.
        if (kind === 'derive') readings.push({ name, tags: {}, kind: 'count', value: last });
        else if (kind === 'objects')
          readings.push({ name, tags: {}, kind: 'set', value: Math.max(...values) });
        else if (kind === 'gauge' && !types.includes(`latency-${name.replace(/-count$/, '')}-average`))
          readings.push({ name, tags: {}, kind: 'gauge', value: last });
        else if (kind === 'latency' && name.endsWith('-sum')) {
          const base = name.slice(0, -'-sum'.length);
          const count = sum(server.values(`gauge-${base}-count`).filter((value) => value > 0));
          const total = sum(server.values(type).filter((value) => value > 0)) * 1000;
          readings.push({ name: base, tags: {}, kind: 'timing', count, sum: total });
        }
      }
      return readings;
    };
    return { ...server, udp: server.port, read };
  },
};

/** Of a package of Debian, installed where it is not. */
export async function debianVersion(
  name: string,
  programs: Readonly<Record<string, string>>,
): Promise<string> {
  const reason = await debianPrograms(programs);
  if (reason !== null) throw new Error(reason);
  const { stdout } = await promisify(execFile)('dpkg-query', ['-W', '-f', '$' + '{Version}', name]);
  return stdout.replace(/-.*$/, '');
}
