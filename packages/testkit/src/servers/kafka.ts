import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { acquire } from '../lock.ts';
import { repositoryRoot } from '../root.ts';
import { freePort, type Program, startProgram } from './program.ts';

const run = promisify(execFile);
const SOURCE = join(dirname(fileURLToPath(import.meta.url)), 'kafka');
const BUILD_MS = 300_000;

/**
 * Builds the broker of `kafka/main.go`, once: Debian has none, and this one is a Go module.
 *
 * @returns null, or why it cannot run here: not every machine has Go.
 */
export async function kafkaProgram(): Promise<string | null> {
  const program = programPath();
  await mkdir(dirname(program), { recursive: true });
  const lock = `${program}.lock`;
  await acquire(lock);
  try {
    if (await isCurrent(program)) return null;
    await run('go', ['build', '-o', program, '.'], { cwd: SOURCE, timeout: BUILD_MS });
    return null;
  } catch (error) {
    return `a Kafka broker could not be built with Go (${String((error as Error).message).split('\n')[0]})`;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/**
 * A broker in memory with these topics, of 100 partitions each. What goes to partition 60 of `slow` is answered after
 * 60 ms, what goes to `denied` is refused.
 */
export async function startKafka(topics: readonly string[]): Promise<Program & { port: number }> {
  const port = await freePort();
  const program = await startProgram(programPath(), [String(port), ...topics], { ready: port });
  return { ...program, port };
}

async function isCurrent(program: string): Promise<boolean> {
  if (!existsSync(program)) return false;
  const { mtimeMs: built } = await stat(program);
  const sources = await Promise.all(['main.go', 'go.sum'].map((file) => stat(join(SOURCE, file))));
  return sources.every(({ mtimeMs }) => mtimeMs < built);
}

const programPath = (): string => join(repositoryRoot(), '.cache', 'kafka', 'broker');
