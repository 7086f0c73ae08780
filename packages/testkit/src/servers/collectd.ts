import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

export const COLLECTD_PROGRAMS = { '/usr/sbin/collectd': 'collectd-core' };

export interface Collectd extends Program {
  port: number;
  /** What was written of one value, interval by interval; empty while there is none. */
  values(type: string): number[];
  /** Everything that has values, as `derive-NAME` or `latency-NAME-average`. */
  types(): string[];
}

export async function startCollectd(): Promise<Collectd> {
  const folder = dataFolder('collectd');
  mkdirSync(join(folder, 'csv'));
  const port = await freePort();
  const config = join(folder, 'collectd.conf');
  const socket = join(folder, 'socket');
  writeFileSync(
    config,
    `Hostname "host"
FQDNLookup false
BaseDir "${folder}"
PIDFile "${folder}/pid"
PluginDir "/usr/lib/collectd"
TypesDB "/usr/share/collectd/types.db"
Interval 1
LoadPlugin csv
<Plugin csv>
  DataDir "${folder}/csv"
  StoreRates false
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "${socket}"
</Plugin>
LoadPlugin statsd
<Plugin statsd>
  Host "127.0.0.1"
  Port "${port}"
  DeleteTimers true
  TimerCount true
  TimerSum true
</Plugin>
`,
  );
  const program = await startProgram('collectd', ['-f', '-C', config], {
    ready: async () => existsSync(socket),
    folders: [folder],
  });
  const at = join(folder, 'csv', 'host', 'statsd');
  const files = () => (existsSync(at) ? readdirSync(at) : []);
  const typeOf = (file: string) => file.replace(/-\d{4}-\d\d-\d\d$/, '');
  return {
    ...program,
    port,
    types: () => [...new Set(files().map(typeOf))],
    values(type) {
      return files()
        .filter((name) => typeOf(name) === type)
        .flatMap((name) => readFileSync(join(at, name), 'utf8').split('\n').slice(1))
        .filter((line) => line !== '')
        .map((line) => Number(line.split(',')[1]));
    },
  };
}
