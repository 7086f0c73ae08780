import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { acquire } from '../lock.ts';
import { repositoryRoot } from '../root.ts';
import { installedTools } from '../tools.ts';

const run = promisify(execFile);
export const CLIENTS = join(dirname(fileURLToPath(import.meta.url)), 'clients');
const INSTALL_MS = 600_000;

/** The packages that clients need, in today's versions. */
export const PYTHON = {
  aiodogstatsd: '0.16.0.post0',
  celery: '5.7.0',
  datadog: '0.56.0',
  flask: '3.1.3',
  gunicorn: '27.0.1',
  statsd: '4.0.1',
};
export const NPM = {
  'hot-shots': '17.1.1',
  lynx: '0.2.0',
  'node-statsd': '0.1.1',
  'statsd-client': '0.4.7',
};

/** Installs once into `.cache/collectors/NAME`; again where what is wanted has changed. */
async function once(
  name: string,
  wanted: string,
  install: (folder: string) => Promise<unknown>,
): Promise<string> {
  const folder = join(repositoryRoot(), '.cache/collectors', name);
  const done = join(folder, 'installed');
  const isDone = async () => existsSync(done) && (await readFile(done, 'utf8')) === wanted;
  await mkdir(folder, { recursive: true });
  const lock = `${folder}.lock`;
  await acquire(lock, INSTALL_MS);
  try {
    if (await isDone()) return folder;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await install(folder);
    await writeFile(done, wanted);
    return folder;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

const quiet = { timeout: INSTALL_MS, maxBuffer: 2 ** 26 };

/** The interpreter of an environment that has {@link PYTHON}. */
export async function python(): Promise<string> {
  const packages = Object.entries(PYTHON).map(([name, version]) => `${name}==${version}`);
  const folder = await once('python', packages.join(' '), async (into) => {
    await run('python3', ['-m', 'venv', into], quiet);
    await run(join(into, 'bin/pip'), ['install', '--quiet', ...packages], quiet);
  });
  return join(folder, 'bin/python');
}

/** The class path of the compiled `clients/java`. */
export async function java(): Promise<string> {
  const source = join(CLIENTS, 'java');
  const folder = await once('java', await textOf(source), async (into) => {
    await cp(source, into, { recursive: true });
    const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'];
    await run('mvn', args, { ...quiet, cwd: into });
    const files = (await readdir(into)).filter((name) => name.endsWith('.java'));
    await run('javac', ['-cp', 'lib/*', '-d', '.', ...files], { ...quiet, cwd: into });
  });
  return `${folder}:${folder}/lib/*`;
}

/** The folder with the built programs of `clients/rust`. */
export async function rust(): Promise<string> {
  const source = join(CLIENTS, 'rust');
  const folder = await once('rust', await textOf(source), async (into) => {
    await cp(source, into, { recursive: true });
    await run('nice', ['-n', '10', 'cargo', 'build', '--quiet', '-j1'], { ...quiet, cwd: into });
  });
  return join(folder, 'target/debug');
}

/** The folder in which {@link NPM} is installed, with `clients/npm` beside it. */
export async function npm(): Promise<string> {
  const folder = await installedTools('collectors/npm', NPM);
  await cp(join(CLIENTS, 'npm'), folder, { recursive: true });
  return folder;
}

async function textOf(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  const paths = names.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return (await Promise.all(paths.map((path) => readFile(path, 'utf8')))).join('\n');
}

export async function versionIn(file: string, pattern: RegExp): Promise<string> {
  const [, version] = pattern.exec(await readFile(join(CLIENTS, file), 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${file} has no ${pattern}`);
  return version;
}
