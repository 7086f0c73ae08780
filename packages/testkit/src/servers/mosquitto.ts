import { freePort, type Program, startProgram } from './program.ts';

const SERVER = '/usr/sbin/mosquitto';

export const MOSQUITTO_PROGRAMS = { [SERVER]: 'mosquitto' };

/** Mosquitto of Debian, a broker of MQTT. Without a file of settings it listens on loopback alone. */
export async function startMosquitto(): Promise<Program & { url: string }> {
  const port = await freePort();
  const program = await startProgram(SERVER, ['-p', String(port)], { ready: port });
  return { ...program, url: `mqtt://127.0.0.1:${port}` };
}
