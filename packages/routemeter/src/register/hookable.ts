import { readFileSync } from 'node:fs';
import { PLACES } from '../calls/sources/places.ts';
import { UNIT_PLACES } from '../work/sources/places.ts';

interface Supported {
  /** The package's name on npm. */
  package: string;
  majors: readonly number[];
}

/** A module by which the preload gets hold of a framework. */
export interface Hookable extends Supported {
  /** The end of the path of a file in it; what stands before is the package's folder. */
  file: RegExp;
}

/** The same, where applications that are ES modules import ES modules. */
export interface EsHookable extends Hookable {
  /** What the file declares and is handed over. */
  names: readonly string[];
}

/** A framework that tells of its applications by itself. */
export interface Publishing extends Supported {
  /** The name of the diagnostics channel. */
  channel: string;
  read(message: unknown): { version: string; given: unknown };
}

/**
 * What is hooked. How each is followed stands in `follow.ts`, which is not loaded before one of them
 * is: the preload runs in npm, in compilers and in every child process, too.
 */
export const HOOKABLE: readonly Hookable[] = [
  { package: 'express', file: /\/lib\/express\.js$/, majors: [4, 5] },
  // Express 5 takes its router from here; applications can use it by itself, too.
  { package: 'router', file: /(?<=\/[^/]*router[^/]*)\/index\.js$/, majors: [2] },
  { package: 'koa', file: /\/lib\/application\.js$/, majors: [2, 3] },
  { package: 'hono', file: /\/dist\/cjs\/router\/smart-router\/router\.js$/, majors: [4] },
  { package: 'polka', file: /(?<=\/[^/]*polka[^/]*)\/index\.js$/, majors: [0] },
  { package: 'restana', file: /(?<=\/[^/]*restana[^/]*)\/index\.js$/, majors: [6] },
  { package: '0http', file: /\/lib\/router\/sequential\.js$/, majors: [4] },
  { package: '@hapi/hapi', file: /\/lib\/request\.js$/, majors: [21] },
  // Nest 12 is ES modules, which are found another way.
  { package: '@nestjs/core', file: /\/exceptions\/exceptions-handler\.js$/, majors: [11, 12] },
  { package: '@nestjs/platform-express', file: /\/adapters\/express-adapter\.js$/, majors: [11, 12] },
];

export const ES_HOOKABLE: readonly EsHookable[] = [
  {
    package: 'hono',
    file: /\/dist\/router\/smart-router\/router\.js$/,
    majors: [4],
    names: ['SmartRouter'],
  },
  { package: '@tinyhttp/app', file: /\/dist\/app\.js$/, majors: [2, 3], names: ['App'] },
  {
    package: '@adonisjs/http-server',
    file: /\/build\/define_config-[\w-]+\.js$/,
    majors: [9],
    names: ['Server'],
  },
  // The router of Remix 3 finds its routes by one of these.
  {
    package: '@remix-run/route-pattern',
    file: /\/dist\/lib\/(?:array-matcher|trie-matcher|match)\.js$/,
    majors: [0],
    names: ['ArrayMatcher', 'TrieMatcher'],
  },
];

export const PUBLISHING: readonly Publishing[] = [
  {
    package: 'fastify',
    channel: 'fastify.initialization',
    majors: [4, 5],
    read(message) {
      const { fastify } = message as { fastify: { version: unknown } };
      return { version: String(fastify.version), given: fastify };
    },
  },
];

/** A file by which the calls of a library are followed. */
export interface Upstream extends Hookable {
  /** The name of its source. */
  source: string;
  /** Of an ES module; see `EsHookable`. */
  names?: readonly string[];
}

export const UPSTREAMS: readonly Upstream[] = Object.entries(PLACES).flatMap(([source, places]) =>
  places.map((place) => ({ ...place, source })),
);

/** A file by which the units of work of a library are followed: the jobs and messages that it hands over. */
export interface UnitPlace extends Hookable {
  /** The name of its source. */
  units: string;
  /** Of an ES module; see `EsHookable`. */
  names?: readonly string[];
}

export const UNITS: readonly UnitPlace[] = Object.entries(UNIT_PLACES).flatMap(([units, places]) =>
  places.map((place) => ({ ...place, units })),
);

const ES_MODULES = [...ES_HOOKABLE, ...UPSTREAMS, ...UNITS].filter(({ names }) => names !== undefined);

/** Each module that a process loads is asked about: by one expression, not by one for each that is hooked. */
const IS_HOOKABLE = anyOf([...HOOKABLE, ...UPSTREAMS, ...UNITS]);
const IS_ES_MODULE = anyOf(ES_MODULES);

function anyOf(files: readonly Hookable[]): RegExp {
  return new RegExp([...new Set(files.map(({ file }) => file.source))].join('|'));
}

/** Whether a file is one that something is hooked by. */
export function isHookable(file: string): boolean {
  return IS_HOOKABLE.test(file);
}

/** What an ES module declares and hands over, by its file; null for a module that is left alone. */
export function namesIn(file: string): readonly string[] | null {
  if (!IS_ES_MODULE.test(file)) return null;
  const names = ES_MODULES.filter((one) => one.file.test(file)).flatMap((one) => one.names ?? []);
  return names.length === 0 ? null : [...new Set(names)];
}

/** A package as it is installed, under whatever folder's name. */
export interface Found {
  hookable: Supported;
  version: string;
}

const ALL: readonly Hookable[] = [...HOOKABLE, ...ES_HOOKABLE, ...UPSTREAMS, ...UNITS];

/** The frameworks and libraries that a file gives access to: one can be followed for its calls and for its units. */
export function find(file: string): Found[] {
  const found: Found[] = [];
  for (const hookable of ALL) {
    if (!hookable.file.test(file)) continue;
    const manifest = manifestIn(file.replace(hookable.file, ''));
    if (manifest?.name === hookable.package) found.push({ hookable, version: String(manifest.version) });
  }
  return found;
}

function manifestIn(folder: string): { name?: unknown; version?: unknown } | null {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { name?: unknown };
  } catch {
    return null;
  }
}
