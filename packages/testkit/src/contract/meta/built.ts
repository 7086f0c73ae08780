import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../../command.ts';
import { installedFolder, unpackLibrary } from '../../installed.ts';
import { acquire } from '../../lock.ts';
import type { MetaStack } from './stacks.ts';

const BUILD_MS = 300_000;
/** Until a server that was started answers. */
const START_MS = 120_000;
const ANSWER_MS = 60_000;
/** Nobody is told what is tested here. */
const QUIET = {
  NEXT_TELEMETRY_DISABLED: '1',
  NUXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  CI: '1',
};

/** By folder: to look whether one is up to date, the library has to be packed. */
const folders = new Map<string, Promise<string>>();

/** Installs what an application needs and builds it, once for each state of it and of the library. */
export function builtFolder(stack: MetaStack, node: string): Promise<string> {
  let folder = folders.get(stack.folder);
  if (folder === undefined) folders.set(stack.folder, (folder = made(stack, node)));
  return folder;
}

async function made(stack: MetaStack, node: string): Promise<string> {
  const manifest = { private: true, type: 'module', dependencies: stack.packages };
  const folder = await installedFolder(stack.folder, manifest);
  const lock = `${folder}.build.lock`;
  await acquire(lock);
  try {
    await unpackLibrary(folder);
    const library = await readFile(join(folder, 'node_modules/routemeter/.packed'), 'utf8');
    const key = createHash('sha256')
      .update(JSON.stringify([stack.packages, stack.files, stack.build, library]))
      .digest('hex');
    const known = join(folder, '.built');
    if (existsSync(known) && (await readFile(known, 'utf8')) === key) return folder;
    await rm(known, { force: true });
    for (const [path, text] of Object.entries(stack.files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text.trimStart());
    }
    const [program = '', ...args] = stack.build;
    const env = { PATH: `${dirname(node)}:${process.env.PATH}`, HOME: process.env.HOME ?? '', ...QUIET };
    const command = [join(folder, program), ...args];
    const build = () => runCommand(node, command, { cwd: folder, env, timeoutMs: BUILD_MS });
    // Builds of others' tools now and then fail or hang on a busy machine; what is tested here comes after.
    await build().catch(build);
    await writeFile(known, key);
    return folder;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** A server of a framework's own. */
export interface BuiltServer {
  port: number;
  stderr(): string;
  stop(): Promise<void>;
}

/** Starts the server of a built application, and resolves when it answers. */
export async function startBuilt(
  { start, portFlag, ready, mode = 'production' }: MetaStack,
  folder: string,
  node: string,
  flags: readonly string[],
  env: Record<string, string>,
): Promise<BuiltServer> {
  const port = await freePort();
  const [program = '', ...args] = start;
  const given = portFlag === undefined ? args : [...args, portFlag, String(port)];
  const child = spawn(node, [...flags, join(folder, program), ...given], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      ...QUIET,
      NODE_ENV: mode,
      HOST: '127.0.0.1',
      HOSTNAME: '127.0.0.1',
      PORT: String(port),
      ORIGIN: `http://127.0.0.1:${port}`,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // Not `close`: what a server started itself may hold its pipes open.
  const ended = once(child, 'exit');
  const late = Date.now() + START_MS;
  while (child.exitCode === null && !(await answers(port, ready))) {
    if (Date.now() > late) {
      child.kill('SIGKILL');
      throw new Error(`${program} did not answer within ${START_MS} ms: ${stderr}`);
    }
    await sleep(50);
  }
  if (child.exitCode !== null) throw new Error(`${program} ended: ${stderr}`);
  return {
    port,
    stderr: () => stderr,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(timer);
      child.stderr.destroy();
    },
  };
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
