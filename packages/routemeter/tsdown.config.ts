import { defineConfig, type UserConfig } from 'tsdown';
import { notices } from '../../scripts/lib/notices.mjs';

/** What nearly every file needs, and hardly more: one file of it is read faster than four. */
const SMALL =
  /[\\/]src[\\/](attribution[\\/](shared|threads)|calls[\\/](dress|forward|loaded)|meter[\\/]first-unit)\.ts$/;

/** What errors and warnings are made with, and what ends a lonely connection: every meter has it, and who takes orders of profiles. */
const SAID = /[\\/]src[\\/](errors[\\/](error|text|warning)|platform[\\/]lonely)\.ts$/;

/** Orders come to the preload and to meters: in neither's file, or one would bring the other. */
const ORDERS = /[\\/]src[\\/]profile[\\/]orders\.ts$/;

/** What measures requests, and the small parts that frameworks share: fewer files, too. */
const REQUESTS = /[\\/]src[\\/]request[\\/](?!entry|events|naming)[\w-]+\.ts$/;
const PARTS = /[\\/]src[\\/]frameworks[\\/](mount|template|failure|exit|trampoline)\.ts$/;

/** How the preload follows frameworks, and those that tell the template themselves: it loads all of them at once. */
const FOLLOWERS = /[\\/]src[\\/]frameworks[\\/](hapi|hono|koa|polka|restana|told)[\\/][\w-]+\.ts$/;

const shared = {
  platform: 'node',
  target: 'node20.19',
  fixedExtension: true,
  sourcemap: false,
  // Every process that loads the library reads its files: the documentation stands in the types.
  outputOptions: {
    comments: { jsdoc: false },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'shared', test: SMALL },
        { name: 'said', test: SAID },
        { name: 'orders', test: ORDERS },
        { name: 'requests', test: REQUESTS },
        { name: 'parts', test: PARTS },
        { name: 'followers', test: FOLLOWERS },
      ],
    },
  },
} satisfies UserConfig;

/** Leaves what another file of the build holds out, and imports it from there. */
const apart = (files: Record<string, string>) => ({
  name: 'apart',
  resolveId(source: string) {
    const found = Object.keys(files).find((file) => source.endsWith(file));
    return found === undefined ? undefined : { id: `./${files[found]}`, external: 'relative' as const };
  },
});

/**
 * What follows calls stands apart, as most meters send none. CommonJS requires it when it is wanted. ES modules leave it to
 * the package's own import, by which bundlers, which ask for the condition `module`, get all of it.
 */
const calls = (loader: string) => ({
  name: 'calls',
  async resolveId(
    this: { resolve(source: string, importer: string): Promise<{ id: string } | null> },
    source: string,
    importer: string | undefined,
  ) {
    if (importer === undefined || !source.endsWith('/load/bundled.ts')) return undefined;
    // What follows units is loaded by the preload's other half alone, which is CommonJS or part of a bundle.
    if (loader.startsWith('#') && source.includes('/work/')) return undefined;
    return loader.startsWith('#')
      ? { id: loader, external: true }
      : await this.resolve(source.replace('bundled.ts', loader), importer);
  },
});
const CALLS = { '/routemeter-calls.cjs': 'routemeter-calls.cjs' };

/** What follows units of libraries: the preload requires it when one of these is loaded. */
const WORK = { '/routemeter-units.cjs': 'routemeter-units.cjs' };

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
  polka: 'src/frameworks/polka.ts',
  'react-router': 'src/frameworks/react-router.ts',
  adonis: 'src/frameworks/adonis.ts',
  remix: 'src/frameworks/remix.ts',
  'tanstack-start': 'src/frameworks/tanstack-start.ts',
  astro: 'src/frameworks/astro.ts',
  'astro-middleware': 'src/frameworks/astro-middleware.ts',
  server: 'src/frameworks/server.ts',
  elysia: 'src/frameworks/elysia.ts',
  restana: 'src/frameworks/restana.ts',
  tinyhttp: 'src/frameworks/tinyhttp.ts',
  sveltekit: 'src/frameworks/sveltekit.ts',
  nitro: 'src/frameworks/nitro.ts',
  nuxt: 'src/frameworks/nuxt.ts',
  'nuxt-app': 'src/frameworks/nuxt-app.ts',
  next: 'src/frameworks/next.ts',
  testing: 'src/testing/index.ts',
  budgets: 'src/budgets/index.ts',
  units: 'src/work/follow-units.ts',
  lambda: 'src/work/lambda.ts',
  upstreams: 'src/calls/upstreams.ts',
  profile: 'src/profile/index.ts',
};

/** What of the builds has types: all but what only other files of them load. */
const PUBLIC = { entry: [...Object.values(entries), 'src/register/index.ts', 'src/register/commonjs.ts'] };

export default defineConfig([
  // Two formats: Jest on CommonJS projects cannot require ESM before Node 24.9, so both are real builds.
  {
    entry: {
      ...entries,
      register: 'src/register/index.ts',
      // For bundlers, which ask for the condition `module`.
      'register-bundled': 'src/register/bundled.ts',
      'calls-bundled': 'src/calls/load/bundled.ts',
      'calls-loader': 'src/calls/load/es-module.ts',
    },
    format: ['esm'],
    dts: PUBLIC,
    plugins: [apart(YAML), calls('#calls'), notices('THIRD-PARTY.md')],
    ...shared,
  },
  {
    entry: {
      ...entries,
      register: 'src/register/commonjs.ts',
      follow: 'src/register/follow.ts',
      'routemeter-calls': 'src/calls/index.ts',
      'routemeter-units': 'src/work/installation.ts',
    },
    format: ['cjs'],
    clean: false,
    dts: PUBLIC,
    plugins: [apart({ ...YAML, ...FOLLOW, ...CALLS, ...WORK }), calls('commonjs.ts')],
    ...shared,
  },
  {
    // In threads of pools, in front of the library's own file: with copies of what it needs, so that nobody else reads more files.
    entry: { 'piscina-worker': 'src/work/threads/piscina-worker.ts' },
    format: ['cjs'],
    clean: false,
    dts: false,
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
    // A command of its own, with copies of what it needs: nobody steps through it.
    minify: true,
  },
]);
