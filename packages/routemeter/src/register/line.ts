import type { Naming } from '../request/index.ts';
import type { Hooked } from './diagnosis.ts';
import type { Report } from './report.ts';

/** How long a server may wait for a request that tells whether its routes get names. */
const TELL_MS = 10_000;
/** How long the others may take of which no route was named, once one was. */
const OTHERS_MS = 3000;

/** Who names the routes of a package that names none itself. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  router: ['express'],
  '0http': ['restana'],
  '@remix-run/route-pattern': ['@remix-run/fetch-router'],
  '@nestjs/core': ['express', 'fastify'],
  '@nestjs/platform-express': ['express'],
};

/** What was hooked so far. */
export function hookedIn(report: Report, naming: Naming): Hooked {
  return {
    instrumented: [...named(report, naming, true), ...report.libraries].sort(),
    found: named(report, naming, false),
    early: [...report.before].sort(),
    unsupported: [...report.refused].sort(),
  };
}

/** Frameworks of which a route was named, or none was; those that nothing but their routes tells of among the first. */
function named({ frameworks }: Report, { by }: Naming, isNamed: boolean): string[] {
  const list = [...frameworks].flatMap(([name, versions]) => {
    const has = by.has(name) || (NAMED_BY[name]?.some((other) => by.has(other)) ?? false);
    return has === isNamed ? [...versions].map((version) => `${name} ${version}`) : [];
  });
  const others = isNamed ? [...by].filter((name) => !frameworks.has(name)) : [];
  return [...list, ...others].sort();
}

/**
 * Writes the line to stderr, once: when a framework has named a route, when none has anything to name, after a while,
 * or at the end. A framework whose first route is named later has a line of its own then.
 *
 * @param isServing whether a server of HTTP listens.
 */
export function tellWhenKnown(
  report: Report,
  naming: Naming,
  write: (text: string) => void,
  isServing: () => boolean,
): void {
  let isTold = false;
  const said = new Set<string>();
  const tell = (): void => {
    const hooked = hookedIn(report, naming);
    const fresh = hooked.instrumented.filter((one) => !said.has(one));
    for (const one of fresh) said.add(one);
    if (!isTold) write(textOf(hooked, isServing()));
    else if (fresh.length > 0) write(`instrumented ${fresh.join(', ')}`);
    isTold = true;
  };
  const last = (): void => {
    if (!isTold) tell();
  };
  let isWaiting = false;
  naming.whenKnown = () => {
    const { by, ended } = naming;
    const isWhole = by.size > 0 && named(report, naming, false).length === 0;
    if (isTold || isWhole || (ended > 0 && report.frameworks.size === 0)) {
      tell();
    } else if (by.size > 0 && !isWaiting) {
      isWaiting = true;
      setTimeout(last, OTHERS_MS).unref();
    }
  };
  setTimeout(last, TELL_MS).unref();
  process.once('exit', last);
  naming.whenKnown();
}

function textOf({ instrumented, found, early, unsupported }: Hooked, isServing: boolean): string {
  const parts = [];
  if (instrumented.length > 0) parts.push(`instrumented ${instrumented.join(', ')}`);
  if (found.length > 0) parts.push(`found ${found.join(', ')}, of which no route was named so far`);
  if (early.length > 0) {
    parts.push(`loaded too early: ${early.join(', ')} (put routemeter/register before other preloads)`);
  }
  if (unsupported.length > 0) parts.push(`unsupported: ${unsupported.join(', ')}`);
  if (parts.length > 0) return parts.join('; ');
  return isServing
    ? 'no framework found, routes are guessed from URLs'
    : 'no framework or library found, units of work are those of meter.work';
}
