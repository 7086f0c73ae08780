import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, type Packed, pack, ROOT } from '../../src/pack.ts';

const run = promisify(execFile);
const ALLOWED = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'Unlicense'];

/** Dependencies of what is bundled that only parts of it use which are not: commands, and functions that nobody calls. */
const OF_THE_REST = new Set(['resolve-protobuf-schema', 'internmap', 'd3-time', 'd3-time-format']);

interface Manifest {
  name: string;
  version: string;
  license?: string;
  scripts?: Record<string, string>;
  gypfile?: boolean;
  bin?: Record<string, string>;
  exports?: unknown;
  imports?: unknown;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** What each package may hold, by pattern, and its size in bytes, packed and unpacked. */
const PACKAGES = [
  {
    folder: 'packages/routemeter',
    patterns: [
      /^(?:LICENSE|README\.md|package\.json|schema\/budgets\.schema\.json)$/,
      /^dist\/[a-z]+(?:-[a-z]+)*(?:-[\w-]{8}\d?)?\.(?:mjs|cjs|d\.mts|d\.cts)$/,
      /^dist\/THIRD-PARTY(?:-[a-z]+)?\.md$/,
    ],
    packed: 580_000,
    unpacked: 2_100_000,
  },
  {
    folder: 'packages/live',
    patterns: [
      /^(?:LICENSE|README\.md|package\.json)$/,
      /^dist\/(?:cli|index|(?:server|memory)-[\w-]{8})\.mjs$/,
      /^dist\/index\.d\.mts$/,
      /^dist\/page\/(?:index\.html|favicon\.svg|assets\/(?:index|flame-graph)-[\w-]{8}\.(?:js|css))$/,
      /^dist\/(?:page\/)?THIRD-PARTY\.md$/,
    ],
    // A tenth of it draws flame graphs, and is loaded with the first of them. Remote write has two messages.
    packed: 310_000,
    unpacked: 1_020_000,
  },
];

const json = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Manifest;

let folder: string;
const packed = new Map<string, Packed>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'routemeter-trust-'));
  for (const one of PACKAGES) packed.set(one.folder, await pack(one.folder, folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(PACKAGES)('$folder as npm would publish it', (expected) => {
  it('holds built code, types, notices and nothing else, within its size', () => {
    const { files, size, unpackedSize } = packed.get(expected.folder)!;
    expect(files.filter((file) => !expected.patterns.some((pattern) => pattern.test(file)))).toEqual([]);
    for (const pattern of expected.patterns)
      expect(
        files.some((file) => pattern.test(file)),
        `${pattern}`,
      ).toBe(true);
    expect(size).toBeLessThan(expected.packed);
    expect(unpackedSize).toBeLessThan(expected.unpacked);
  });

  it('holds every file that its exports and commands lead to, and no code that nothing leads to', async () => {
    const manifest = await json(join(ROOT, expected.folder, 'package.json'));
    const files = new Set(packed.get(expected.folder)!.files);
    const entries = [
      ...JSON.stringify([manifest.exports, manifest.imports, manifest.bin]).matchAll(
        /"\.\/([^"]+\.[a-z]+)"(?!:)/g,
      ),
    ].map(([, file]) => file!);
    const reached = new Set<string>();
    const visit = async (file: string): Promise<void> => {
      if (reached.has(file)) return;
      reached.add(file);
      expect(files, `${file} is not packed`).toContain(file);
      if (!/\.(?:[mc]?js|[mc]ts|html)$/.test(file)) return;
      const code = await readFile(join(ROOT, expected.folder, file), 'utf8');
      for (const [, link] of code.matchAll(/["'`](\.\.?\/[\w./-]+)["'`]/g)) {
        // Types name the code that they stand beside.
        const target = posix.join(posix.dirname(file), link!);
        const candidates = /\.d\.[mc]ts$/.test(file)
          ? [target.replace(/\.([mc])js$/, '.d.$1ts')]
          : [target, `${target}index.html`];
        for (const candidate of candidates) if (files.has(candidate)) await visit(candidate);
      }
    };
    for (const entry of [...entries, ...[...files].filter((file) => !file.startsWith('dist/'))])
      await visit(entry);
    expect([...files].filter((file) => !reached.has(file) && !file.includes('THIRD-PARTY'))).toEqual([]);
  });

  it('names no path of the machine that built it, and no source map', async () => {
    for (const file of packed.get(expected.folder)!.files) {
      const text = await readFile(join(ROOT, expected.folder, file), 'utf8');
      expect(text.includes(ROOT), file).toBe(false);
      expect(/^\/\/# sourceMappingURL/m.test(text), file).toBe(false);
    }
  });

  it('carries a notice for each package that is bundled, under a licence that allows it', async () => {
    const files = packed.get(expected.folder)!.files;
    const read = (file: string) => readFile(join(ROOT, expected.folder, file), 'utf8');
    const notices = new Map<string, string>();
    for (const file of files.filter((name) => name.includes('THIRD-PARTY'))) {
      for (const part of (await read(file)).split('\n---\n\n')) {
        const [, name, version, license] = /^# (\S+) (\S+) \((.+)\)$/m.exec(part)!;
        notices.set(name!, license!);
        expect(ALLOWED, `${name} ${version}`).toContain(license);
        // Every one of these licences asks for its text to stand beside the code.
        expect(part, name).toMatch(/copyright/i);
        expect(part.length, name).toBeGreaterThan(600);
      }
    }
    const {
      name: own,
      dependencies = {},
      peerDependencies = {},
    } = await json(join(ROOT, expected.folder, 'package.json'));
    // Examples in comments import the package itself.
    const outside = new Set([...Object.keys({ ...dependencies, ...peerDependencies }), own]);
    const imported = (await bareImports(join(ROOT, expected.folder, 'src'))).filter(
      (name) => !outside.has(name),
    );
    expect(imported.filter((name) => !notices.has(name))).toEqual([]);
    // What the bundler says it took, where it says so.
    for (const file of files.filter((name) => /\.[mc]js$/.test(name))) {
      for (const [, name] of (await read(file)).matchAll(
        /^\/\/#region .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm,
      )) {
        expect(notices.has(name!), `${file}: ${name}`).toBe(true);
      }
    }
    // What they in turn depend on is bundled with them.
    for (const name of notices.keys()) {
      const { dependencies = {} } = await json(join(ROOT, 'node_modules', name, 'package.json'));
      expect(
        Object.keys(dependencies).filter((other) => !notices.has(other) && !OF_THE_REST.has(other)),
        name,
      ).toEqual([]);
    }
  });
});

describe('installed without install scripts', () => {
  let app: string;
  let installed: { path: string; manifest: Manifest }[];
  beforeAll(async () => {
    app = await emptyFolder();
    const archives = [...packed.values()].map(({ archive }) => archive);
    const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...quiet, ...archives], { cwd: app, timeout: 240_000 });
    const lock = JSON.parse(await readFile(join(app, 'node_modules/.package-lock.json'), 'utf8')) as {
      packages: object;
    };
    installed = await Promise.all(
      Object.keys(lock.packages).map(async (path) => ({
        path,
        manifest: await json(join(app, path, 'package.json')),
      })),
    );
  });
  afterAll(() => rm(app, { recursive: true, force: true }));

  it('brings few packages, none with an install script, all under licences that allow it', async () => {
    // routemeter, routemeter-live, jiti, and what `open` brings.
    expect(installed.length).toBeLessThanOrEqual(20);
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare'];
    for (const { path, manifest } of installed) {
      const { scripts = {} } = manifest;
      // `prepare` runs for folders and repositories, not for what comes from a registry.
      expect(
        hooks.slice(0, 3).filter((hook) => hook in scripts),
        path,
      ).toEqual([]);
      expect(existsSync(join(app, path, 'binding.gyp')), path).toBe(false);
      expect(ALLOWED, path).toContain(manifest.license);
      if (/routemeter/.test(path))
        expect(
          hooks.filter((hook) => hook in scripts),
          path,
        ).toEqual([]);
    }
    expect(installed.filter(({ manifest }) => manifest.name === 'routemeter')).toHaveLength(1);
    expect(
      Object.keys((await json(join(app, 'node_modules/routemeter/package.json'))).dependencies ?? {}),
    ).toEqual([]);
  });

  it('runs: the library in both formats, the preload, both commands', async () => {
    const bin = (name: string) => join(app, 'node_modules/.bin', name);
    const node = async (...args: string[]) => (await run(process.execPath, args, { cwd: app })).stdout.trim();
    const check = 'createMeter({ enabled: false }).close().then(() => console.log("ok"))';
    expect(await node('-e', `const { createMeter } = require("routemeter"); ${check}`)).toBe('ok');
    expect(
      await node('--input-type=module', '-e', `import { createMeter } from "routemeter"; ${check}`),
    ).toBe('ok');
    expect(await node('--import', 'routemeter/register', '-e', 'console.log("ok")')).toBe('ok');
    const { version } = await json(join(app, 'node_modules/routemeter/package.json'));
    expect((await run(bin('routemeter-live'), ['--version'], { cwd: app })).stdout.trim()).toBe(version);
    expect((await run(bin('routemeter'), ['--help'], { cwd: app })).stdout).toContain('doctor');
    const args = [
      '--no-open',
      '--port',
      '0',
      '--statsd-port',
      '0',
      process.execPath,
      '-e',
      'process.exit(7)',
    ];
    await expect(run(bin('routemeter-live'), args, { cwd: app })).rejects.toMatchObject({ code: 7 });
  });
});

/** Packages that sources import for their code, not for their types. */
async function bareImports(folder: string): Promise<string[]> {
  const found = new Set<string>();
  for (const file of await readdir(folder, { recursive: true })) {
    if (!/\.tsx?$/.test(file) || /vite\.config/.test(file)) continue;
    const code = await readFile(join(folder, file), 'utf8');
    const imports = /(?:^|\n)(?:import|export)\s(?!type\b)[^;'"]*?from '([^']+)'|\bimport\('([^']+)'\)/g;
    for (const [, a, b] of code.matchAll(imports)) {
      const name = /^(?:@[^/]+\/)?[^/]+/.exec((a ?? b)!)![0];
      if (!name.startsWith('.') && !name.startsWith('node:')) found.add(name);
    }
  }
  return [...found];
}
