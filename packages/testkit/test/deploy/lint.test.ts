import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { imageOf, stagesOf } from '../../src/deploy/dockerfile.ts';
import { ROOT } from '../../src/pack.ts';
import { debianPrograms } from '../../src/servers/debian.ts';
import { installedTools } from '../../src/tools.ts';

const run = promisify(execFile);
const DEPLOY = join(ROOT, 'deploy');
const read = (path: string) => readFile(join(DEPLOY, path), 'utf8');

let tools: string;
let load: ReturnType<typeof createRequire>;
beforeAll(async () => {
  tools = await installedTools('deploy-lint', {
    // Has the published schema of the Compose specification, and rules beyond it.
    dclint: '3.1.0',
    'dockerfile-utils': '0.16.3',
    // Made from Kubernetes' OpenAPI document: a validator and a type for each kind.
    'kubernetes-models': '5.1.0',
  });
  load = createRequire(join(tools, 'package.json'));
});

describe('the Dockerfile', () => {
  it('has no fault that the linter knows', async () => {
    const { validate } = load('dockerfile-utils') as { validate(text: string): { message: string }[] };
    expect(validate(await read('Dockerfile'))).toEqual([]);
    expect(validate('FROM node\nRUM npm ci\n')).not.toEqual([]);
  });

  it('runs as nobody in particular, on pinned images, and is probed', async () => {
    const stages = stagesOf(await read('Dockerfile'));
    for (const name of ['live', 'demo']) {
      const stage = stages.get(name)!;
      expect(stage.from).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/);
      const image = imageOf(stage);
      expect(image.user).toBe('node');
      expect(image.healthcheck.join(' ')).toContain('/readyz');
      // Secrets come at run time.
      expect(JSON.stringify(image.env)).not.toMatch(/TOKEN/);
    }
    // The last stage is what a build without --target makes.
    expect([...stages.keys()].at(-1)).toBe('live');
  });
});

describe('the Compose file', () => {
  it('holds to the published schema', async () => {
    const path = join(tools, 'node_modules/dclint/schemas/compose.schema.json');
    // The dialect's address is written in a form that the validator does not know: draft 7 is its default.
    const { $schema, ...schema } = JSON.parse(await readFile(path, 'utf8'));
    expect($schema).toContain('draft-07');
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    const compose = parse(await read('compose.yaml'));
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
    compose.services.page.commands = [];
    expect(validate(compose)).toBe(false);
  });

  it('has no fault that the linter knows', async () => {
    const args = [join(tools, 'node_modules/dclint/bin/dclint.cjs'), '--formatter', 'json'];
    // An image that is built here has a name, too; and the formatter has quotes of the other kind.
    const off = ['no-build-and-image', 'require-quotes-in-ports'].flatMap((one) => ['--disable-rule', one]);
    const { stdout } = await run(process.execPath, [...args, join(DEPLOY, 'compose.yaml'), ...off]);
    expect(JSON.parse(stdout)).toMatchObject([{ errorCount: 0, warningCount: 0 }]);
  });
});

describe('the Kubernetes manifests', async () => {
  const files = await readdir(join(DEPLOY, 'kubernetes'));

  it.each(files)(
    '%s holds to the schemas of Kubernetes',
    async (file) => {
      const documents = parseAllDocuments(await read(`kubernetes/${file}`)).map((one) => one.toJS());
      expect(documents.length).toBeGreaterThan(0);
      for (const manifest of documents) {
        const path = join(tools, 'node_modules/kubernetes-models', manifest.apiVersion, 'index.js');
        const module = (await import(pathToFileURL(path).href)) as Record<
          string,
          new (
            data: object,
          ) => { validate(): void }
        >;
        expect(() => new module[manifest.kind]!(manifest).validate()).not.toThrow();
      }
      // The validators let pass what they do not know; the types do not.
      expect(await typeErrors(documents)).toEqual([]);
    },
    300_000,
  );

  it('have faults found', async () => {
    const [good] = parseAllDocuments(await read('kubernetes/daemonset.yaml')).map((one) => one.toJS());
    const unknown = structuredClone(good);
    unknown.spec.template.spec.containers[0].livenesProbe = {};
    expect((await typeErrors([unknown])).join()).toContain('livenesProbe');
    const wrong = structuredClone(good);
    wrong.spec.template.spec.containers[0].ports[0].containerPort = '8127';
    expect((await typeErrors([wrong])).join()).toContain("Type 'string' is not assignable");
  });

  it.each(files)('%s gives no container more than it needs', async (file) => {
    for (const document of parseAllDocuments(await read(`kubernetes/${file}`))) {
      const spec = document.toJS().spec.template?.spec;
      if (spec === undefined) continue;
      expect(spec.automountServiceAccountToken).toBe(false);
      const ours = [...(spec.initContainers ?? []), ...spec.containers].filter(({ image }) =>
        image.includes('/routemeter-live:'),
      );
      expect(ours).toHaveLength(1);
      for (const container of ours) {
        expect(container.securityContext).toMatchObject({
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toBeDefined();
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
          expect(container[probe].httpGet.path).toMatch(/^\/(livez|readyz)$/);
        }
      }
    }
  });

  /** What the compiler says of manifests as values of their types, fields that do not exist included. */
  async function typeErrors(documents: { apiVersion: string; kind: string }[]): Promise<string[]> {
    const folder = await mkdtemp(join(tools, 'types-'));
    try {
      const lines = documents.flatMap(({ apiVersion, kind }, i) => [
        `import type { I${kind} as I${i} } from 'kubernetes-models/${apiVersion}';`,
        `export const m${i}: I${i} = ${JSON.stringify(documents[i], null, 1)};`,
      ]);
      const file = join(folder, 'manifests.ts');
      await writeFile(file, lines.join('\n'));
      const program = ts.createProgram([file], {
        noEmit: true,
        strict: true,
        skipLibCheck: true,
        types: [],
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
      });
      return ts
        .getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
});

const noSystemd = await debianPrograms({ '/usr/bin/systemd-analyze': 'systemd' });
if (noSystemd !== null) console.warn(`Skipped: the systemd unit: ${noSystemd}`);

describe.skipIf(noSystemd !== null)('the systemd unit', () => {
  it('is verified, and exposes little', async () => {
    const folder = await mkdtemp(join(tools, 'unit-'));
    const unit = join(folder, 'routemeter-live.service');
    try {
      const text = await read('systemd/routemeter-live.service');
      // The program has to be there for systemd to accept the unit.
      await writeFile(unit, text.replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`));
      const own = (output: string) => output.split('\n').filter((line) => line.includes('routemeter-live'));
      const { stdout, stderr } = await run('systemd-analyze', ['verify', unit]);
      expect(own(stdout + stderr)).toEqual([]);
      const security = ['security', '--offline=yes', '--threshold=20', unit];
      // Ends with a failure above 2.0 of 10, "OK".
      expect((await run('systemd-analyze', security)).stdout).toContain('Overall exposure level');

      await writeFile(unit, `${text}\n[Service]\nProtectHom=yes\n`);
      const bad = await run('systemd-analyze', ['verify', unit]).catch((error) => error);
      expect(own(bad.stdout + bad.stderr).join('\n')).toContain('ProtectHom');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
