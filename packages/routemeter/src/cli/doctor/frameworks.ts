import { isPossible } from '../../register/es-modules.ts';
import { ES_HOOKABLE, HOOKABLE, PUBLISHING } from '../../register/hookable.ts';
import type { Finding } from './finding.ts';
import { installed } from './project.ts';

/** Parts of frameworks, which say nothing by themselves. */
const PARTS = new Set(['router', '0http', '@nestjs/platform-express', '@hono/node-server']);

/** Frameworks that the preload asks for their routes, and so need no file of theirs, by their majors. */
const TELLING: ReadonlyMap<string, readonly number[]> = new Map([
  ['next', [15, 16]],
  ['nitro', [3]],
  ['h3', [2]],
  ['restify', [12]],
  ['moleculer-web', [0]],
  ['@sveltejs/kit', [2, 3]],
  ['@adonisjs/core', [7]],
  ['@tanstack/react-start', [1]],
  ['remix', [3]],
]);

/** Frameworks whose routes get names by their one line alone, and where it goes. */
const BY_LINE: ReadonlyMap<string, { majors: readonly number[]; line: string }> = new Map([
  ['nuxt', { majors: [4], line: "modules: ['routemeter/nuxt'] in nuxt.config" }],
  ['astro', { majors: [7], line: 'integrations: [astroMeter()] in astro.config, and the preload' }],
  ['@react-router/dev', { majors: [8], line: 'instrumentations = [reactRouterMeter()] in entry.server' }],
  ['elysia', { majors: [1], line: 'app.use(elysiaMeter())' }],
]);

/** The first Node on which the preload reaches SvelteKit. */
const KIT_NODE = 24;

/** ES modules are out of the preload's reach on Nodes without synchronous hooks. */
const LATE: ReadonlyMap<string, string> = new Map([
  ['hono', '; from ES modules by honoMeter() alone, since the preload reaches them on later Nodes only'],
  ['@tinyhttp/app', ' by tinyhttpMeter() alone, since the preload reaches ES modules on later Nodes only'],
]);

/** What there is to say of a framework that is supported. */
function remarkOn(name: string): string {
  const { node } = process.versions;
  if (name === '@sveltejs/kit' && Number.parseInt(node, 10) < KIT_NODE) {
    return ` by sveltekitMeter() alone, since the preload reaches it from Node ${KIT_NODE} on`;
  }
  return isPossible(node) ? '' : (LATE.get(name) ?? '');
}

function supported(): Map<string, readonly number[]> {
  const majors = new Map<string, readonly number[]>();
  for (const { package: name, majors: some } of [...HOOKABLE, ...ES_HOOKABLE, ...PUBLISHING]) {
    if (PARTS.has(name)) continue;
    majors.set(
      name,
      [...new Set([...(majors.get(name) ?? []), ...some])].sort((a, b) => a - b),
    );
  }
  return new Map([...majors, ...TELLING]);
}

/** The frameworks in the project, and whether their routes get names. */
export function checkFrameworks(folder: string): Finding[] {
  const table = supported();
  const found = installed(folder, [...table.keys(), ...BY_LINE.keys()]).map(
    ({ as, name, version }): Finding => {
      const majors = table.get(name);
      const title = as === name ? `${name} ${version}` : `${name} ${version} (as ${as})`;
      const isSupported = majors?.includes(Number.parseInt(version, 10)) ?? false;
      const facts = { name, as, version, supported: isSupported };
      if (isSupported) {
        const text = `${title}: routes get names${remarkOn(name)}`;
        return { check: 'framework', level: 'ok', text, facts };
      }
      const own = BY_LINE.get(name);
      if (own?.majors.includes(Number.parseInt(version, 10)) === true) {
        const text = `${title}: routes get names by its one line, ${own.line}; without it they are guessed from URLs`;
        return { check: 'framework', level: 'note', text, facts: { ...facts, line: own.line } };
      }
      const known = majors === undefined ? '' : ` (supported: ${majors.join(', ')})`;
      const text = `${title}: not supported${known}; requests count, their routes are guessed from URLs unless meter.route() names them`;
      return { check: 'framework', level: 'note', text, facts };
    },
  );
  if (found.length > 0) return found;
  const text = 'no framework found in this project: routes are guessed from URLs, or named by httpMeter';
  return [{ check: 'framework', level: 'note', text, facts: { supported: false } }];
}
