import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runCommand } from './command.ts';

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What npm would publish of a workspace: the packed archive and the names in it. */
export interface Packed {
  archive: string;
  files: string[];
  /** Bytes, of the archive and of the files in it. */
  size: number;
  unpackedSize: number;
}

/** Packs a package as it was built last. */
export async function pack(workspace: string, into: string): Promise<Packed> {
  const args = ['pack', '-w', workspace, '--pack-destination', into, '--json', '--ignore-scripts'];
  const { stdout } = await run('npm', args, { cwd: ROOT, timeout: 120_000 });
  const [{ filename, files, size, unpackedSize }] = packedOf(JSON.parse(stdout));
  return { archive: join(into, filename), files: files.map(({ path }) => path), size, unpackedSize };
}

type Answer = { filename: string; files: { path: string }[]; size: number; unpackedSize: number };

/** npm 12 answers with an object by name, earlier ones with a list. */
function packedOf(answer: Answer[] | Record<string, Answer>): [Answer] {
  const [first] = Array.isArray(answer) ? answer : Object.values(answer);
  if (first === undefined) throw new Error('npm packed nothing');
  return [first];
}

/** An empty folder with nothing in it but `manifest`. */
export async function emptyFolder(manifest: object = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, ...manifest }));
  return folder;
}

/** Installs packages, archives or names with versions, as a user would. */
export async function installInto(folder: string, packages: readonly string[]): Promise<void> {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await runCommand('npm', ['install', ...quiet, ...packages], { cwd: folder, timeoutMs: 480_000 });
}

/** The exact version of a package that the workspace was installed with, as `name@version`. */
export async function pinned(name: string): Promise<string> {
  const manifest = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return `${name}@${(JSON.parse(manifest) as { version: string }).version}`;
}
