import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

export const NETDATA_PROGRAMS = { '/usr/sbin/netdata': 'netdata-core' };

export interface Netdata extends Program {
  port: number;
  /** One chart's dimension, second by second; empty while there is no such chart. */
  dimension(chart: string, name: string): Promise<number[]>;
  /** All dimensions of one chart, second by second. */
  seconds(chart: string): Promise<Record<string, number>[]>;
  /** Names of the charts of StatsD metrics, such as `statsd_NAME.timer`. */
  charts(): Promise<string[]>;
}

export async function startNetdata(): Promise<Netdata> {
  const folder = dataFolder('netdata');
  for (const name of ['etc', 'lib', 'cache', 'log', 'web']) mkdirSync(join(folder, name));
  const [port, web] = [await freePort(), await freePort()];
  const config = join(folder, 'etc', 'netdata.conf');
  writeFileSync(
    config,
    `[global]
run as user = root
[db]
mode = ram
retention = 600
update every = 1
[directories]
config = ${folder}/etc
lib = ${folder}/lib
cache = ${folder}/cache
log = ${folder}/log
[logs]
access = none
[web]
bind to = 127.0.0.1
default port = ${web}
[plugins]
proc = no
diskspace = no
cgroups = no
tc = no
idlejitter = no
timex = no
enable running new plugins = no
check for new plugins every = 1000
checks = no
apps = no
python.d = no
charts.d = no
node.d = no
go.d = no
statsd = yes
[health]
enabled = no
[ml]
enabled = no
[statsd]
enabled = yes
update every (flushInterval) = 1
bind to = udp:127.0.0.1:${port}
default port = ${port}
create private charts for metrics matching = *
add dimension for number of events received = yes
max private charts allowed = 1000
max private charts hard limit = 1000
`,
  );
  const url = `http://127.0.0.1:${web}`;
  const program = await startProgram('netdata', ['-D', '-c', config, '-P', join(folder, 'pid')], {
    ready: async () => (await fetch(`${url}/api/v1/info`)).ok,
    folders: [folder],
  });
  const seconds = async (chart: string) => {
    const query = new URLSearchParams({ chart, after: '-60', format: 'json', options: 'null2zero' });
    const answer = await fetch(`${url}/api/v1/data?${query}`);
    if (!answer.ok) return [];
    const { labels, data } = (await answer.json()) as { labels: string[]; data: number[][] };
    return data.map((row) => Object.fromEntries(row.map((value, i) => [labels[i]!, value])));
  };
  return {
    ...program,
    port,
    async charts() {
      const answer = await fetch(`${url}/api/v1/charts`);
      const { charts } = (await answer.json()) as { charts: Record<string, unknown> };
      return Object.keys(charts).filter((name) => name.startsWith('statsd_'));
    },
    async dimension(chart, name) {
      return (await seconds(chart)).map((second) => second[name] ?? 0);
    },
    seconds,
  };
}
