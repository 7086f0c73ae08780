import { freePort, type Program, startProgram } from './program.ts';

const SERVER = '/usr/sbin/nats-server';

export const NATS_PROGRAMS = { [SERVER]: 'nats-server' };

/** NATS of Debian, which keeps nothing. */
export async function startNats(): Promise<Program & { url: string }> {
  const port = await freePort();
  const program = await startProgram(SERVER, ['-a', '127.0.0.1', '-p', String(port)], { ready: port });
  return { ...program, url: `nats://127.0.0.1:${port}` };
}
