import { freePort, type Program, startProgram } from './program.ts';

export const MEMCACHED_PROGRAMS = { '/usr/bin/memcached': 'memcached' };

/** memcached of Debian, empty, on a port of its own. */
export async function startMemcached(): Promise<Program & { port: number }> {
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const args = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '16', ...user];
  const program = await startProgram('/usr/bin/memcached', args, { ready: port });
  return { ...program, port };
}
