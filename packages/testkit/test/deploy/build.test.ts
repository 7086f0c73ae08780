import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageOf, type Stage, stagesOf } from '../../src/deploy/dockerfile.ts';
import { collect, stop } from '../../src/live.ts';
import { ROOT } from '../../src/pack.ts';

const run = promisify(execFile);
const stages = stagesOf(await readFile(join(ROOT, 'deploy/Dockerfile'), 'utf8'));
/** Nobody: whoever runs it must need no rights over files but to read them. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

describe('what the Dockerfile does', () => {
  let folder: string;
  /** The image's folders, below one of ours. */
  const here = (text: string) =>
    text.replace(
      /(^|[\s"=])\/(src|packed|app|demo)(?=[/\s"]|$)/g,
      (_, before, name) => `${before}${folder}/${name}`,
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'routemeter-image-'));
    await chmod(folder, 0o755);
    await build(stages.get('build')!);
    await build(stages.get('build-demo')!);
  }, 900_000);
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  /** Runs the steps of a stage in order, in folders of ours. */
  async function build(stage: Stage): Promise<void> {
    let cwd = folder;
    for (const { keyword, text } of stage.instructions) {
      if (keyword === 'WORKDIR') {
        cwd = here(text);
        await mkdir(cwd, { recursive: true });
      } else if (keyword === 'COPY') {
        expect(text).toBe('. .');
        await copyContext(cwd);
      } else if (keyword === 'RUN') {
        await run('sh', ['-c', here(text)], { cwd, timeout: 600_000, maxBuffer: 1 << 24 });
      } else throw new Error(`${keyword} is not played here`);
    }
  }

  /** What is under version control, but for what the build leaves out. */
  async function copyContext(into: string): Promise<void> {
    const ignored = (await readFile(join(ROOT, 'deploy/Dockerfile.dockerignore'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const { stdout } = await run('git', list, { cwd: ROOT, maxBuffer: 1 << 24 });
    const isIgnored = (path: string) => ignored.some((one) => path === one || path.startsWith(`${one}/`));
    for (const path of stdout.split('\0').filter((one) => one !== '' && !isIgnored(one))) {
      await cp(join(ROOT, path), join(into, path)).catch((error) => {
        // Deleted, but not yet for git.
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }

  it.each(['live', 'demo'])(
    '%s: starts as an ordinary user, and is healthy',
    async (name) => {
      const stage = stages.get(name)!;
      for (const { keyword, text } of stage.instructions) {
        if (keyword === 'COPY') expect(text).toMatch(/^--from=build(-demo)? (\/\w+) \2$/);
      }
      const image = imageOf(stage);
      const tokenFile = join(folder, `token-${name}`);
      await writeFile(tokenFile, 'vM3xk0wPq7_Ld9sA2zTb\n', { mode: 0o644 });
      const [file, ...args] = [...image.entrypoint, ...image.command].map(here);
      const ports = { ROUTEMETER_LIVE_PORT: '0', ROUTEMETER_LIVE_STATSD_PORT: '0', PORT: '0' };
      const child = spawn(file!, args, {
        cwd: here(image.workdir),
        env: { PATH: process.env.PATH, ...image.env, ...ports, ROUTEMETER_LIVE_TOKEN_FILE: tokenFile },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
      });
      try {
        const [, page] = await collect(child).find(/page (http:\/\/\S+)/);
        const [command, ...check] = image.healthcheck.map((word) =>
          word.replaceAll('http://127.0.0.1:8127', page!),
        );
        await expect(run(command!, check)).resolves.toBeDefined();
        expect(await (await fetch(page!)).text()).toContain('<script type="module"');
        const status = async (port: string) =>
          run(
            command!,
            check.map((word) => word.replace(/:\d+\/readyz/, `:${port}/readyz`)),
          ).then(
            () => 0,
            ({ code }) => code,
          );
        // Nobody listens there.
        expect(await status('1')).toBe(1);
      } finally {
        await stop(child);
      }
      if (name === 'live') expect(child.exitCode).toBe(0);
    },
    300_000,
  );

  it('holds nothing but what runs', async () => {
    const { dependencies } = JSON.parse(await readFile(join(folder, 'app/package.json'), 'utf8'));
    expect(Object.keys(dependencies).sort()).toEqual(['routemeter', 'routemeter-live']);
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: join(folder, 'app') });
    const names = stdout.split('\n').map((path) => path.replace(/^.*\/node_modules\//, ''));
    expect(names).not.toEqual(expect.arrayContaining(['vite']));
    expect(names).not.toEqual(expect.arrayContaining(['vitest']));
  });
});
