import { dataFolder, freePort, type Program, startProgram } from './program.ts';

export const REDIS_PROGRAMS = { '/usr/bin/redis-server': 'redis-server' };

/** Redis of Debian, empty and in memory, on a port of its own. */
export async function startRedis(): Promise<Program & { port: number }> {
  const folder = dataFolder('redis');
  const port = await freePort();
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const program = await startProgram(
    '/usr/bin/redis-server',
    [...options, '--enable-debug-command', 'local'],
    {
      ready: port,
      folders: [folder],
    },
  );
  return { ...program, port };
}
