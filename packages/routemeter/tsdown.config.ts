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

/** The YAML parser stands once and small beside both formats; it is only ever imported dynamically. */
const YAML = { '/yaml.ts': 'yaml.mjs' };

export default defineConfig([
  // Two formats: Jest on CommonJS projects cannot require ESM before Node 24.9, so both are real builds.
  {
    entry: {
      index: 'src/index.ts',
      express: 'src/frameworks/express.ts',
      fastify: 'src/frameworks/fastify.ts',
      koa: 'src/frameworks/koa.ts',
      hapi: 'src/frameworks/hapi.ts',
      hono: 'src/frameworks/hono.ts',
      http: 'src/frameworks/http.ts',
      nest: 'src/frameworks/nest.ts',
      register: 'src/register/index.ts',
      follow: 'src/register/follow.ts',
      'follow-calls': 'src/register/follow-calls.ts',
      testing: 'src/testing/index.ts',
      budgets: 'src/budgets/index.ts',
      upstreams: 'src/calls/upstreams.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
    plugins: [apart(YAML), notices('THIRD-PARTY.md')],
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
