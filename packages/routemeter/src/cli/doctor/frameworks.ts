import { isPossible } from '../../register/es-modules.ts';
import { HOOKABLE, PUBLISHING } from '../../register/hookable.ts';
import type { Finding } from './finding.ts';
import { installed } from './project.ts';

/** What people ask about and the preload does not know: measured all the same, without route names. */
const OTHERS = ['next', 'nuxt', 'restify', '@adonisjs/core', 'sails', 'polka', '@feathersjs/koa'];

/** Parts of frameworks, which say nothing by themselves. */
const PARTS = new Set(['router', '@nestjs/platform-express', '@hono/node-server']);

/** Hono's ES modules are out of the preload's reach on Nodes without synchronous hooks. */
const HONO_LATE =
  '; from ES modules by honoMeter() alone, since the preload reaches them on later Nodes only';

function supported(): Map<string, readonly number[]> {
  const majors = new Map<string, readonly number[]>();
  for (const { package: name, majors: some } of [...HOOKABLE, ...PUBLISHING]) {
    if (PARTS.has(name)) continue;
    majors.set(
      name,
      [...new Set([...(majors.get(name) ?? []), ...some])].sort((a, b) => a - b),
    );
  }
  return majors;
}

/** The frameworks in the project, and whether their routes get names. */
export function checkFrameworks(folder: string): Finding[] {
  const table = supported();
  const found = installed(folder, [...table.keys(), ...OTHERS]).map(({ as, name, version }): Finding => {
    const majors = table.get(name);
    const title = as === name ? `${name} ${version}` : `${name} ${version} (as ${as})`;
    const isSupported = majors?.includes(Number.parseInt(version, 10)) ?? false;
    const facts = { name, as, version, supported: isSupported };
    if (isSupported) {
      const text = `${title}: routes get names${name === 'hono' && !isPossible(process.versions.node) ? HONO_LATE : ''}`;
      return { check: 'framework', level: 'ok', text, facts };
    }
    const known = majors === undefined ? '' : ` (supported: ${majors.join(', ')})`;
    const text = `${title}: not supported${known}; requests count, their routes are guessed from URLs unless meter.route() names them`;
    return { check: 'framework', level: 'note', text, facts };
  });
  if (found.length > 0) return found;
  const text = 'no framework found in this project: routes are guessed from URLs, or named by httpMeter';
  return [{ check: 'framework', level: 'note', text, facts: { supported: false } }];
}
