import type { ContractCase } from '../case.ts';
import { ADONIS_FILES, adonisCases } from './adonis.ts';
import type { Unsteady } from './answers.ts';
import { ASTRO_FILES, astroCases } from './astro.ts';
import { NEXT_FILES, nextActions, nextCases } from './next.ts';
import { NITRO_FILES, nitroCases } from './nitro.ts';
import { NUXT_FILES, nuxtCases } from './nuxt.ts';
import { ROUTER_FILES, routerCases } from './react-router.ts';
import { KIT_FILES, KIT2_FILES, kit2Remotes, kitCases, kitRemotes } from './sveltekit.ts';
import { START_FILES, startCases, startFunctions } from './tanstack-start.ts';

/** How a framework serves an application while it is written: what of the stack is another. */
interface Development extends Partial<Pick<MetaStack, 'start' | 'portFlag' | 'ready' | 'differing'>> {
  ways: ReadonlyArray<'preload' | 'line'>;
  mode: 'development';
  cases: readonly ContractCase[];
  /** What its page of an error has. */
  shows: RegExp;
}

/** A framework whose applications are built, and whose server is part of what it builds. */
export interface MetaStack extends Unsteady {
  /** As the matrix has it. */
  name: string;
  folder: string;
  packages: Readonly<Record<string, string>>;
  /** The application, by path. With `LINE` in the environment it takes the one line. */
  files: Readonly<Record<string, string>>;
  /** Programs of its packages, with what they are given. */
  build: readonly string[];
  start: readonly string[];
  /** How the port is given: by a flag, or else by `PORT`. */
  portFlag?: string;
  /** Asked until it answers: nothing that the framework names. */
  ready: string;
  tells: string;
  /** The least Node that its tools run on. */
  least: number;
  /** Nodes on which the preload names its routes; null for none. */
  preloadFrom: number | null;
  /** Its one line names routes, and takes the preload to see requests. */
  needsBoth?: boolean;
  /** Only in the long form. */
  isLong?: boolean;
  cases: readonly ContractCase[];
  /** Names that requests have beside those of the cases. */
  others?: readonly string[];
  /** `NODE_ENV`. Default: production. */
  mode?: 'production' | 'development';
  development?: Development;
  /** Cases that depend on what was built. */
  made?(folder: string): Promise<readonly ContractCase[]>;
}

const NEXT = {
  files: NEXT_FILES,
  build: ['node_modules/next/dist/bin/next', 'build'],
  start: ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1'],
  ready: '/robots.txt',
  tells: 'next',
  least: 20,
  preloadFrom: 20,
  // What a page waited for.
  whenever: /<div hidden id="S:\d+">.*?<\/script>/gs,
  cases: nextCases,
  made: nextActions,
};

const KIT = {
  build: ['node_modules/vite/bin/vite.js', 'build'],
  ready: '/',
  tells: '@sveltejs/kit',
  least: 22,
  preloadFrom: 24,
  cases: kitCases,
};

/** Below a base path, which is no part of a name. */
const BASE = '/base';
const below = (one: ContractCase): ContractCase => ({
  ...one,
  path: one.path === '/' ? BASE : `${BASE}${one.path}`,
});

/** Vite's servers answer to this host alone. */
const local = ({ headers = {}, ...one }: ContractCase): ContractCase => ({
  ...one,
  headers: {
    ...headers,
    Host: 'localhost',
    ...(headers.Origin === undefined ? {} : { Origin: 'http://localhost' }),
  },
});

const NEXT_STANDALONE = `
  basePath: '${BASE}',
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
`;
/** Next.js leaves it to its users to copy files. */
const NEXT_BUILD = `
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
const { status } = spawnSync(process.execPath, ['node_modules/next/dist/bin/next', 'build'], { stdio: 'inherit' });
if (status !== 0) process.exit(1);
for (const [from, to] of [['public', 'public'], ['.next/static', '.next/static']])
  cpSync(from, '.next/standalone/' + to, { recursive: true });
`;

export const META: readonly MetaStack[] = [
  {
    ...NEXT,
    name: 'Next.js 16',
    folder: 'frameworks-next16',
    portFlag: '-p',
    packages: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
    development: {
      ways: ['preload', 'line'],
      mode: 'development',
      start: ['node_modules/next/dist/bin/next', 'dev', '-H', '127.0.0.1'],
      // Each page is compiled when it is first asked for.
      cases: nextCases.filter(({ path }) => /^.(?:blog|boom|api|old|robots|secret|nope)/.test(path)),
      differing: /__next_r="[^"]*"/g,
      shows: /boom\W+stack\W/,
    },
  },
  {
    ...NEXT,
    name: 'Next.js 15',
    folder: 'frameworks-next15',
    packages: { next: '15.5.29', react: '19.3.1', 'react-dom': '19.3.1' },
    files: {
      ...Object.fromEntries(Object.entries(NEXT_FILES).filter(([path]) => path !== 'proxy.js')),
      // The name before 16.
      'middleware.js': NEXT_FILES['proxy.js']!.replace('function proxy', 'function middleware'),
      'next.config.mjs': NEXT_FILES['next.config.mjs']!.replace('{', `{${NEXT_STANDALONE}`),
      'build.mjs': NEXT_BUILD,
    },
    build: ['build.mjs'],
    start: ['.next/standalone/server.js'],
    ready: `${BASE}/robots.txt`,
    cases: nextCases
      // It takes any hash of a request, and no two answers to it are the same.
      .filter(({ headers }) => headers?.RSC === undefined)
      .map(below),
    made: async (folder) => (await nextActions(folder)).map(below),
    isLong: true,
  },
  {
    name: 'Nitro 3',
    folder: 'frameworks-nitro3',
    packages: { nitro: '3.0.0', h3: '2.0.8' },
    files: NITRO_FILES,
    build: ['node_modules/nitro/dist/cli/index.mjs', 'build'],
    start: ['.output/server/index.mjs'],
    ready: '/',
    tells: 'h3',
    least: 20,
    preloadFrom: 20,
    cases: nitroCases,
    development: {
      ways: ['preload', 'line'],
      mode: 'development',
      start: ['node_modules/nitro/dist/cli/index.mjs', 'dev', '--host', '127.0.0.1'],
      portFlag: '--port',
      // Files are sent by another thread than that of the application.
      cases: nitroCases.filter(({ route }) => route !== 'static'),
      shows: /routes\/boom\/\[id\]\.js:1:/,
    },
  },
  {
    ...KIT,
    name: 'SvelteKit 3',
    folder: 'frameworks-sveltekit3',
    packages: {
      '@sveltejs/adapter-node': '6.0.1',
      '@sveltejs/kit': '3.2.0',
      '@sveltejs/vite-plugin-svelte': '7.3.1',
      svelte: '5.57.3',
      vite: '8.4.0',
    },
    files: KIT_FILES,
    start: ['build/index.js'],
    made: kitRemotes,
    development: {
      ways: ['preload', 'line'],
      mode: 'development',
      start: ['node_modules/vite/bin/vite.js', 'dev', '--host', '127.0.0.1'],
      portFlag: '--port',
      // Vite sends files by itself, and refuses what it cannot decode; what is sent elsewhere or refused otherwise
      // is not.
      cases: kitCases
        .filter(
          ({ route, status, path }) =>
            route !== 'static' && path !== '/%ff' && status !== 308 && status !== 403,
        )
        .map(local),
      // Of pages, which hold the port; and when the server started.
      differing: /^etag: .*$|\b\d{13}\b/gim,
      // It has no stack.
      shows: /failed/,
    },
  },
  {
    ...KIT,
    name: 'SvelteKit 2',
    folder: 'frameworks-sveltekit2',
    packages: {
      '@sveltejs/adapter-node': '5.5.7',
      '@sveltejs/kit': '2.70.4',
      '@sveltejs/vite-plugin-svelte': '7.3.1',
      svelte: '5.57.3',
      vite: '8.4.0',
    },
    files: KIT2_FILES,
    start: ['start.js'],
    isLong: true,
    made: kit2Remotes,
  },
  {
    name: 'Astro 7',
    folder: 'frameworks-astro7',
    packages: { astro: '7.3.5', '@astrojs/node': '11.1.6' },
    files: ASTRO_FILES,
    build: ['node_modules/astro/bin/astro.mjs', 'build'],
    start: ['dist/server/entry.mjs'],
    ready: '/robots.txt',
    tells: 'astro',
    least: 22,
    preloadFrom: null,
    needsBoth: true,
    isLong: true,
    cases: astroCases,
    development: {
      ways: ['line'],
      mode: 'development',
      start: ['node_modules/astro/bin/astro.mjs', 'dev', '--host', '127.0.0.1'],
      portFlag: '--port',
      // Nothing is made before it is asked for, and nothing refused.
      cases: astroCases.filter(({ path, status }) => path !== '/made' && status !== 403).map(local),
      // It has no stack.
      shows: /<title>RangeError/,
    },
  },
  {
    name: 'React Router 8',
    folder: 'frameworks-react-router8',
    packages: {
      '@react-router/dev': '8.4.0',
      '@react-router/node': '8.4.0',
      '@react-router/serve': '8.4.0',
      isbot: '5.2.3',
      react: '19.3.1',
      'react-dom': '19.3.1',
      'react-router': '8.4.0',
      vite: '8.4.0',
    },
    files: ROUTER_FILES,
    build: ['node_modules/@react-router/dev/bin.cjs', 'build'],
    start: ['node_modules/@react-router/serve/bin.cjs', 'build/server/index.js'],
    ready: '/nothing',
    tells: 'react-router',
    least: 22,
    preloadFrom: null,
    isLong: true,
    cases: routerCases,
    development: {
      ways: ['line'],
      mode: 'development',
      cases: routerCases,
      shows: /RangeError: boom\W+n +at loader/,
    },
  },
  {
    name: 'Nuxt 4',
    folder: 'frameworks-nuxt4',
    // With Vite 8.4.0, which npm would install beside it, its build fails.
    packages: { nuxt: '4.5.2', vite: '8.3.8', vue: '3.5.45', 'vue-router': '5.5.1' },
    files: NUXT_FILES,
    build: ['node_modules/nuxt/bin/nuxt.mjs', 'build'],
    start: ['.output/server/index.mjs'],
    ready: '/robots.txt',
    tells: 'h3',
    least: 22,
    preloadFrom: null,
    isLong: true,
    // Of what is kept: when it was made.
    differing: /^last-modified: .*$/gim,
    cases: nuxtCases,
    // A page that is kept, when it is rendered.
    others: ['/kept/:id()'],
  },
  {
    name: 'AdonisJS 7',
    folder: 'frameworks-adonis7',
    packages: {
      '@adonisjs/assembler': '8.5.2',
      '@adonisjs/core': '7.5.2',
      '@adonisjs/static': '2.0.1',
      '@poppinss/ts-exec': '1.4.4',
      '@types/node': '24.19.4',
      typescript: '5.9.3',
      youch: '4.1.1',
    },
    files: ADONIS_FILES,
    build: ['ace.js', 'build'],
    start: ['build/bin/server.js'],
    ready: '/',
    tells: '@adonisjs/http-server 9.3.1',
    least: 24,
    preloadFrom: 24,
    isLong: true,
    cases: adonisCases,
    development: {
      ways: ['preload', 'line'],
      mode: 'development',
      cases: adonisCases.map((one) => ({ ...one, headers: { Accept: 'text/html' } })),
      differing: /dump-[\w-]+/g,
      shows: /RangeError.*things_controller/s,
    },
  },
  {
    name: 'TanStack Start 1',
    folder: 'frameworks-tanstack-start1',
    packages: {
      '@tanstack/react-router': '1.170.46',
      '@tanstack/react-start': '1.169.5',
      '@vitejs/plugin-react': '6.3.0',
      // 3.0.0, which npm calls the latest, is older.
      nitro: '3.0.260903-beta',
      react: '19.3.1',
      'react-dom': '19.3.1',
      vite: '8.4.0',
    },
    files: START_FILES,
    build: ['node_modules/vite/bin/vite.js', 'build'],
    start: ['.output/server/index.mjs'],
    ready: '/robots.txt',
    tells: 'tanstack-start',
    // When it loaded what a page shows.
    differing: /\bu:\d{13}\b/g,
    least: 22,
    preloadFrom: 24,
    isLong: true,
    cases: startCases,
    made: startFunctions,
  },
];
