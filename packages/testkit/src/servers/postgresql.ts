import { execFile } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

const run = promisify(execFile);

export const POSTGRESQL_PROGRAMS = { '/usr/share/postgresql-common/pg_wrapper': 'postgresql' };

/** PostgreSQL of Debian with an empty database, on a port of its own; whoever connects is trusted. */
export async function startPostgresql(): Promise<Program & { port: number; user: string; database: string }> {
  const folder = dataFolder('postgresql');
  const port = await freePort();
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
  const programs = join('/usr/lib/postgresql', versions[0]!, 'bin');
  const data = join(folder, 'data');
  // It refuses to run as root.
  const as =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  if (as.length > 0) {
    const { stdout } = await run('id', ['-u', 'postgres']);
    chownSync(folder, Number(stdout), -1);
  }
  const [command, ...before] = [...as, join(programs, 'initdb')];
  await run(
    command!,
    [...before, '-D', data, '-U', 'test', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { cwd: folder },
  );
  const server = [...as, join(programs, 'postgres')];
  const settings = ['-c', 'fsync=off', '-c', 'max_connections=60', '-c', 'shared_buffers=16MB'];
  const program = await startProgram(
    server[0]!,
    [...server.slice(1), '-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, ...settings],
    { ready: port, folders: [folder], cwd: folder },
  );
  return { ...program, port, user: 'test', database: 'postgres' };
}
