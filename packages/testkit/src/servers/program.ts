import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server in the foreground, with its data in a folder that goes with it. */
export interface Program {
  /** @param ms how long it may take to put its data away; then it is killed. */
  stop(ms?: number): Promise<void>;
}

/** One that can be made to hang: connections are taken by the system, and nothing is answered. */
export interface Hanging {
  hang(): void;
  goOn(): void;
}

export function dataFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `routemeter-${name}-`));
}

/** A server that can be away for a while, and comes back with its data at the same address. */
export interface RestartableProgram extends Program, Hanging {
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
}

/** Starts by `launch`, which leaves the `folder` with the data alone. */
export async function startRestartable(
  launch: () => Promise<Program & Hanging>,
  folder: string,
): Promise<RestartableProgram> {
  let program = await launch();
  return {
    // It comes back with what it has put away.
    goDown: () => program.stop(60_000),
    hang: () => program.hang(),
    goOn: () => program.goOn(),
    async comeBack() {
      program = await launch();
    },
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a program and waits until it listens at the TCP `port`, or `ready` answers. */
export async function startProgram(
  command: string,
  args: readonly string[],
  {
    env = {},
    cwd,
    ready,
    folders = [],
    startMs = 60_000,
  }: {
    env?: Record<string, string>;
    cwd?: string;
    ready: number | (() => Promise<boolean>);
    folders?: string[];
    /** How long it may take until it is ready. */
    startMs?: number;
  },
): Promise<Program & Hanging> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-4000);
    });
  }
  const check = typeof ready === 'number' ? () => listens(ready) : ready;
  const end = performance.now() + startMs;
  while (!(await check().catch(() => false))) {
    if (child.exitCode !== null || performance.now() > end) {
      await stop(child, folders);
      throw new Error(`${command} did not start: ${output}`);
    }
    await sleep(50);
  }
  return {
    stop: (ms) => stop(child, folders, ms),
    hang: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
  };
}

async function stop(child: ChildProcess, folders: readonly string[], ms = 2_000): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), ms);
    await ended;
    clearTimeout(late);
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** A port that was free a moment ago; servers that are configured by a file need to know it before. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  // Both families of ports are asked for: StatsD servers use the number for UDP.
  const socket = createSocket('udp4');
  try {
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
  } catch {
    return freePort();
  } finally {
    socket.close();
  }
  return port;
}

/** Waits until `read` answers what `done` accepts, and returns the last answer. */
export async function eventually<T>(
  read: () => Promise<T>,
  done: (answer: T) => boolean,
  ms = 40_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await read();
    if (done(answer) || performance.now() > end) return answer;
    await sleep(200);
  }
}
