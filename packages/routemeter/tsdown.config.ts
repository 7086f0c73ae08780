import { defineConfig } from 'tsdown';
import { notices } from '../../scripts/lib/notices.mjs';

const shared = { platform: 'node', target: 'node20.19', fixedExtension: true, sourcemap: false } as const;

/** Leaves what another file of the build holds out, and imports it from there. */
const apart = (files: Record<string, string>) => ({
  name: 'apart',
  resolveId(source: string) {
    const found = Object.keys(files).find((file) => source.endsWith(file));
    return found === undefined ? undefined : { id: `./${files[found]}`, external: 'relative' as const };
  },
});

/** The preload loads this when a framework or a server is there, by a `require` that stands as it is written. */
const FOLLOW = { '/follow.cjs': 'follow.cjs' };

/** The YAML parser stands once and small beside both formats; it is only ever imported dynamically. */
const YAML = { '/yaml.ts': 'yaml.mjs' };

const entries = {
  index: 'src/index.ts',
  express: 'src/frameworks/express.ts',
  fastify: 'src/frameworks/fastify.ts',
  koa: 'src/frameworks/koa.ts',
  hapi: 'src/frameworks/hapi.ts',
  hono: 'src/frameworks/hono.ts',
  http: 'src/frameworks/http.ts',
  nest: 'src/frameworks/nest.ts',
  testing: 'src/testing/index.ts',
  budgets: 'src/budgets/index.ts',
  upstreams: 'src/calls/upstreams.ts',
};

export default defineConfig([
  // Two formats: Jest on CommonJS projects cannot require ESM before Node 24.9, so both are real builds.
  {
    entry: {
      ...entries,
      register: 'src/register/index.ts',
      // For bundlers, which ask for the condition `module`.
      'register-bundled': 'src/register/bundled.ts',
    },
    format: ['esm'],
    dts: true,
    plugins: [apart(YAML), notices('THIRD-PARTY.md')],
    ...shared,
  },
  {
    entry: { ...entries, register: 'src/register/commonjs.ts', follow: 'src/register/follow.ts' },
    format: ['cjs'],
    clean: false,
    dts: true,
    plugins: [apart({ ...YAML, ...FOLLOW })],
    ...shared,
  },
  {
    entry: { yaml: 'src/budgets/yaml.ts' },
    format: ['esm'],
    minify: true,
    clean: false,
    dts: false,
    plugins: [notices('THIRD-PARTY-yaml.md')],
    ...shared,
    // Its build for Node requires modules of Node's that it can do without, and loses parts that nobody uses.
    platform: 'neutral',
  },
  {
    entry: { cli: 'src/cli/main.ts' },
    format: ['esm'],
    clean: false,
    dts: false,
    plugins: [apart({ ...YAML, '/budgets/index.ts': 'budgets.mjs' }), notices('THIRD-PARTY-cli.md')],
    ...shared,
  },
]);
