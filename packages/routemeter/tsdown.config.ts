import { defineConfig } from 'tsdown';

const shared = { platform: 'node', target: 'node20.19', fixedExtension: true, sourcemap: false } as const;

/** The YAML parser stands once and small beside both formats; it is only ever imported dynamically. */
const yamlApart = {
  name: 'yaml-apart',
  resolveId: (source: string) =>
    source === './yaml.ts' ? { id: './yaml.mjs', external: 'relative' as const } : undefined,
};

export default defineConfig([
  // Two formats: Jest on CommonJS projects cannot require ESM before Node 24.9, so both are real builds.
  {
    entry: {
      index: 'src/index.ts',
      express: 'src/frameworks/express.ts',
      fastify: 'src/frameworks/fastify.ts',
      hapi: 'src/frameworks/hapi.ts',
      http: 'src/frameworks/http.ts',
      nest: 'src/frameworks/nest.ts',
      register: 'src/register/index.ts',
      follow: 'src/register/follow.ts',
      testing: 'src/testing/index.ts',
      budgets: 'src/budgets/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
    plugins: [yamlApart],
    ...shared,
  },
  {
    entry: { yaml: 'src/budgets/yaml.ts' },
    format: ['esm'],
    minify: true,
    clean: false,
    dts: false,
    ...shared,
  },
]);
