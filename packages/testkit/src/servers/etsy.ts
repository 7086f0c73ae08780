import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

/** Etsy's StatsD 0.9 from npm, flushing every two seconds into a Graphite listener. */
export async function startEtsy(graphitePort: number): Promise<Program & { port: number }> {
  const folder = dataFolder('etsy');
  const port = await freePort();
  const management = await freePort();
  const statsd = dirname(createRequire(import.meta.url).resolve('statsd/package.json'));
  const config = join(folder, 'config.js');
  writeFileSync(
    config,
    `{
      address: '127.0.0.1', port: ${port}, mgmt_address: '127.0.0.1', mgmt_port: ${management},
      backends: ['./backends/graphite'], graphiteHost: '127.0.0.1', graphitePort: ${graphitePort},
      graphite: { legacyNamespace: false }, flushInterval: 2000, deleteIdleStats: true, percentThreshold: [50, 95, 99],
    }`,
  );
  const program = await startProgram(process.execPath, ['--no-warnings', join(statsd, 'stats.js'), config], {
    cwd: statsd,
    ready: management,
    folders: [folder],
  });
  return { ...program, port };
}
