import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { LiveError } from '../errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Programs that run a Node app, whose Routemeter sends to us by itself. */
const NODE = /^(?:node|nodejs|npm|npx|yarn|pnpm|tsx|ts-node|nest|next|nodemon|pm2)$/;

/**
 * The environment of a command that is to be measured. One that is no Node app is told where StatsD is, in the
 * variables that Datadog's and other clients read; what the user has set stays as it is.
 *
 * @param orders where Node apps take orders for profiles.
 */
export function environmentFor(
  udp: string,
  register: string,
  env: NodeJS.ProcessEnv,
  command: readonly string[],
  orders?: string,
): NodeJS.ProcessEnv {
  const before = env.NODE_OPTIONS ?? '';
  const preload = `--import ${quoted(register)}`;
  return {
    ...(isNode(command) ? {} : addressVariables(udp)),
    ...env,
    ROUTEMETER_LIVE_URL: udp,
    ...(orders === undefined ? {} : { ROUTEMETER_LIVE_ORDERS: orders }),
    NODE_OPTIONS: before === '' ? preload : `${preload} ${before}`,
  };
}

function isNode([file = '']: readonly string[]): boolean {
  return NODE.test(basename(file).replace(/\.(?:exe|cmd)$/i, ''));
}

function addressVariables(udp: string): NodeJS.ProcessEnv {
  const { hostname, port } = new URL(udp);
  const host = hostname.replace(/^\[|\]$/g, '');
  return { DD_AGENT_HOST: host, DD_DOGSTATSD_PORT: port, STATSD_HOST: host, STATSD_PORT: port };
}

/**
 * Runs a command with our terminal, hands signals on to it, and resolves with the exit code that a shell
 * would give: its own, or 128 and the number of the signal that ended it.
 */
export function runCommand(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file, ...args] = command;
  const isWindows = process.platform === 'win32';
  // npm and npx are scripts there, which only a shell can start.
  // Listening comes first: the child can speak, and somebody answer with a signal, before spawn returns.
  const stop = forwardSignals((signal) => child.kill(signal));
  const child = spawn(file!, args, { stdio: 'inherit', env, shell: isWindows });
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      stop();
      const why = error.code === 'ENOENT' ? 'there is no such program' : (error.code ?? error.message);
      reject(new LiveError('COMMAND_FAILED', `cannot run ${file}: ${why}`, { cause: error }));
    });
    child.on('close', (code, signal) => {
      stop();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** In a terminal Ctrl-C reaches the child by itself; sent twice it is still one wish to end. */
function forwardSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const listeners = SIGNALS.map((signal) => {
    const listener = () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) pass(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}

/** NODE_OPTIONS is split at spaces; a value with one stands in double quotes. */
function quoted(value: string): string {
  return /[\s"\\]/.test(value) ? `"${value.replace(/[\\"]/g, '\\$&')}"` : value;
}
