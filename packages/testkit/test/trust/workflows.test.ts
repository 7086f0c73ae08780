import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundle } from '../../src/bundle.ts';
import { ROOT } from '../../src/pack.ts';

const FOLDER = join(ROOT, '.github/workflows');
const FILES = await readdir(FOLDER);

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; steps: Step[]; needs?: string }>;
}

// GitHub's parser imports JSON as only bundlers take it.
const parser = await bundle(new URL('../../src/workflow.ts', import.meta.url), 'workflow');
const { workflowProblems: problems } = (await import(
  pathToFileURL(parser).href
)) as typeof import('../../src/workflow.ts');

describe.each(FILES)('%s', (name) => {
  it('is a workflow as GitHub reads it', async () => {
    const content = await readFile(join(FOLDER, name), 'utf8');
    expect(await problems(name, content)).toEqual([]);
    expect(await problems(name, content.replace('runs-on', 'runs-in'))).not.toEqual([]);
  });

  it('may read the code and nothing more, pins its actions, and runs nothing that a stranger writes', async () => {
    const content = await readFile(join(FOLDER, name), 'utf8');
    const { on, permissions, jobs } = parse(content) as Workflow;
    expect(permissions).toEqual({ contents: 'read' });
    expect(Object.keys(on)).not.toContain('pull_request_target');
    expect(Object.keys(on)).not.toContain('workflow_run');
    for (const [job, { permissions: own, steps }] of Object.entries(jobs)) {
      if (own !== undefined)
        expect([name, job, own]).toEqual([
          'release.yml',
          'publish',
          { contents: 'read', 'id-token': 'write' },
        ]);
      for (const { uses, run = '', with: options } of steps) {
        expect(run).not.toContain('${{');
        expect(run).not.toMatch(/\bcurl\b|\bwget\b|npx (?!--no-install)/);
        if (uses === undefined) continue;
        expect(uses).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
        if (uses.startsWith('actions/checkout@'))
          expect(options).toMatchObject({ 'persist-credentials': false });
      }
    }
    for (const line of content.split('\n').filter((one) => one.includes('uses:')))
      expect(line).toMatch(/ # v\d+\.\d+\.\d+$/);
    expect(content).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN|secrets\./);
  });
});

it('a release is tested, checked, and published with its origin', async () => {
  const { jobs } = parse(await readFile(join(FOLDER, 'release.yml'), 'utf8')) as Workflow;
  const { steps, needs } = jobs.publish!;
  expect(needs).toBe('test');
  expect(jobs.test!.steps.map(({ run }) => run)).toContain('npm test');
  const commands = steps.flatMap(({ run }) => run ?? []);
  expect(commands.slice(0, 4)).toEqual([
    'npm ci --ignore-scripts',
    'npm run audit',
    'npm run build',
    'node scripts/publishable.mjs',
  ]);
  // The library first: the server depends on it.
  expect(commands.slice(4)).toEqual(
    ['packages/routemeter', 'packages/live'].map(
      (folder) => `npm publish --provenance --access public -w ${folder}`,
    ),
  );
});

describe('publishing', () => {
  const load = async () =>
    (await import(pathToFileURL(join(ROOT, 'scripts/lib/publishable.mjs')).href)) as {
      obstacles(manifest: object, folder: string, env: object, changelog: string): string[];
    };
  const repository = {
    type: 'git',
    url: 'git+https://github.com/some/where.git',
    directory: 'packages/live',
  };
  const manifest = { name: 'one', version: '1.2.3', repository, publishConfig: { provenance: true } };
  const env = { GITHUB_REPOSITORY: 'some/where', GITHUB_REF_NAME: 'v1.2.3' };
  const changelog = '# Changelog\n\n## [1.2.3] - 2026-01-01\n';

  it('is refused without the repository that it comes from', async () => {
    const { obstacles } = await load();
    const check = (more: object, other: object = env) =>
      obstacles({ ...manifest, ...more }, 'packages/live', other, changelog);
    expect(check({})).toEqual([]);
    expect(check({ repository: undefined })).toEqual([
      expect.stringContaining('the owner adds "repository"'),
    ]);
    expect(check({ repository: { ...repository, url: 'https://example.org/x.git' } })).toHaveLength(1);
    expect(check({ repository: { ...repository, directory: 'packages/x' } })).toHaveLength(1);
    expect(check({ publishConfig: {} })).toEqual([expect.stringContaining('provenance')]);
    expect(check({ version: '1.2.4' })).toHaveLength(2);
    expect(check({}, { ...env, GITHUB_REPOSITORY: 'a/fork' })).toEqual([expect.stringContaining('a/fork')]);
    expect(check({}, {})).toHaveLength(2);
  });

  it.each(['packages/routemeter', 'packages/live'])(
    '%s refuses outside the release workflow',
    async (folder) => {
      const own = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      expect(own.scripts.prepublishOnly).toBe('node ../../scripts/publishable.mjs');
      const clean = { PATH: process.env.PATH, HOME: process.env.HOME };
      const args = ['publish', '--dry-run', '--provenance=false', '-w', folder, '--tag', 'none'];
      const refused = await promisify(execFile)('npm', args, { cwd: ROOT, env: clean }).then(
        () => '',
        (error: { stderr: string }) => error.stderr,
      );
      expect(refused).toMatch(/routemeter(?:-live)?: .*(?:repository|tag)/);
    },
  );
});

describe('npm run audit', () => {
  const load = async () =>
    (await import(pathToFileURL(join(ROOT, 'scripts/lib/audit.mjs')).href)) as {
      verdict(stdout: string, stderr: string): { result: string; text: string };
    };
  const metadata = (total: number) => ({ vulnerabilities: { total }, dependencies: { total: 12 } });

  it('tells vulnerable packages from a registry that has no advisories', async () => {
    const { verdict } = await load();
    expect(verdict(JSON.stringify({ metadata: metadata(0), vulnerabilities: {} }), '')).toEqual({
      result: 'ok',
      text: 'no advisory for 12 packages',
    });
    const found = { metadata: metadata(1), vulnerabilities: { x: { name: 'x', severity: 'high' } } };
    expect(verdict(JSON.stringify(found), '')).toEqual({ result: 'vulnerable', text: 'x (high)' });
    const refused = {
      message: '405 Method Not Allowed - POST https://example.org/-/npm/v1/security/advisories/bulk',
    };
    expect(verdict(JSON.stringify(refused), '').result).toBe('skipped');
    expect(verdict('', 'npm error audit endpoint returned an error').result).toBe('skipped');
    expect(() => verdict('', 'npm error code EUSAGE')).toThrow('EUSAGE');
  });

  it('ends well here, or says that it was skipped', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/audit.mjs'], { cwd: ROOT });
    expect(stdout).toMatch(/^audit: (?:ok|skipped), /);
  });
});
