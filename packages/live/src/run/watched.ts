import type { LiveServer } from '../server.ts';
import { environmentFor, runCommand } from './command.ts';

/** What the app sent with its last breath is in the socket by now; a moment for what the kernel still moves. */
const LINGER_MS = 100;

/** Runs a command that a server listens to; resolves with its exit code when all it sent was read. */
export async function watched(live: LiveServer, command: readonly string[]): Promise<number> {
  const register = import.meta.resolve('routemeter/register');
  const orders = await live.takeOrders();
  const code = await runCommand(command, environmentFor(live.udp, register, process.env, command, orders));
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  await live.drain();
  return code;
}
