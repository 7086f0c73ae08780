import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ROOT } from '../pack.ts';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

/** Etsy's StatsD 0.9 from npm, flushing every two seconds into a Graphite listener. */
export async function startEtsy(graphitePort: number): Promise<Program & { port: number }> {
  const folder = dataFolder('etsy');
  const port = await freePort();
  const management = await freePort();
  const statsd = dirname(createRequire(import.meta.url).resolve('statsd/package.json'));
  const config = join(folder, 'config.js');
  // The file that the guide gives, with addresses of this machine, and without its wait.
  const table = {
    'port: 8125': `port: ${port}`,
    'mgmt_port: 8126': `mgmt_port: ${management}`,
    "graphiteHost: 'graphite'": "graphiteHost: '127.0.0.1'",
    'graphitePort: 2003': `graphitePort: ${graphitePort}`,
    'flushInterval: 10000': 'flushInterval: 2000',
  };
  let text = readFileSync(join(ROOT, 'deploy/agents/etsy-statsd.conf'), 'utf8');
  for (const [from, to] of Object.entries(table)) {
    if (!text.includes(from)) throw new Error(`etsy-statsd.conf has no ${from}`);
    text = text.replace(from, to);
  }
  writeFileSync(config, text);
  const program = await startProgram(process.execPath, ['--no-warnings', join(statsd, 'stats.js'), config], {
    cwd: statsd,
    ready: management,
    folders: [folder],
  });
  return { ...program, port };
}
