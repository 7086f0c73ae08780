import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { acquire } from '../lock.ts';
import { repositoryRoot } from '../root.ts';

const run = promisify(execFile);
const SOURCES = join(dirname(fileURLToPath(import.meta.url)), 'go');
/** Prometheus has hundreds of packages, and a machine may have one core for them. */
const BUILD_MS = 1_200_000;

export interface GoProgram {
  path: string;
  /** Of the module that matters, as its `go.mod` pins it. */
  version: string;
}

/**
 * Builds the folder `go/NAME` once, in `.cache/collectors`: its own main package, or that of the module which its
 * `go.mod` pins. What stands there is the whole of what we say; the sums are Go's to check, and stay in the cache.
 *
 * @param options.from the folder, where several programs come out of one.
 * @param options.main the package, where it is another module's.
 * @param options.link what the linker sets, such as the version that a program tells.
 * @throws Error that says why it could not be built.
 */
export async function goProgram(
  name: string,
  {
    from = name,
    main = '.',
    tags = '',
    link = '',
    version,
  }: { from?: string; main?: string; tags?: string; link?: string; version: string },
): Promise<GoProgram> {
  const source = join(SOURCES, from);
  const folder = join(repositoryRoot(), '.cache/collectors/go', name);
  const pinned = versionOf(await readFile(join(source, 'go.mod'), 'utf8'), version);
  const program = { path: join(folder, name), version: pinned };
  await mkdir(folder, { recursive: true });
  const lock = `${folder}.lock`;
  await acquire(lock, BUILD_MS);
  try {
    const recipe = JSON.stringify([await sources(source), main, tags, ...(link === '' ? [] : [link])]);
    const done = join(folder, 'built.json');
    const isDone = existsSync(program.path) && (await readFile(done, 'utf8').catch(() => '')) === recipe;
    if (isDone) return program;
    await rm(folder, { recursive: true, force: true });
    await cp(source, folder, { recursive: true });
    const args = [
      'build',
      '-mod=mod',
      '-p=1',
      ...(tags === '' ? [] : ['-tags', tags]),
      ...(link === '' ? [] : ['-ldflags', link]),
      '-o',
      program.path,
      main,
    ];
    const env = { ...process.env, CGO_ENABLED: '0' };
    await run('nice', ['-n', '10', 'go', ...args], {
      cwd: folder,
      env,
      timeout: BUILD_MS,
      maxBuffer: 2 ** 26,
    });
    await writeFile(done, recipe);
    return program;
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    const last = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('go: downloading'));
    throw new Error(`${name} could not be built with Go: ${last.slice(-5).join('\n') || message}`);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function sources(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => `${name}\n${await readFile(join(folder, name), 'utf8')}`));
}

function versionOf(text: string, module: string): string {
  const line = text.split('\n').find((one) =>
    one
      .replace(/^require /, '')
      .trim()
      .startsWith(`${module} `),
  );
  if (line === undefined) throw new Error(`go.mod does not pin ${module}`);
  return line.trim().split(' ').at(-1)!.replace(/^v/, '');
}
