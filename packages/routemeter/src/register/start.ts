import { AsyncResource } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { libraryLoaded } from '../calls/loaded.ts';
import { forwardDns } from '../calls/sources/dns-methods.ts';
import { firstUnit } from '../meter/first-unit.ts';
import { loadedModules } from '../platform/index.ts';
import { type EntryHandler, installEntry } from '../request/entry.ts';
import { watchEsModules } from './es-modules.ts';
import { type Found, find, isHookable, namesIn, PUBLISHING, UNITS, UPSTREAMS } from './hookable.ts';
import { watchModules } from './modules.ts';
import { Report, tellIncomplete, tellOtherRuntime, write } from './report.ts';

const OFF = /^(0|false|no|off)$/i;
const ON = /^(1|true|yes|on)$/i;
/** Given twice, by a flag and by NODE_OPTIONS, it acts once. */
const STARTED = Symbol.for('routemeter.v1.register');

/** What follows frameworks and requests. */
export type Follower = typeof import('./follow.ts');

/** Puts something in place of what a module exports. */
type Put = (exports: unknown) => void;

/** How the other half is loaded. */
export interface OtherHalf {
  /** Does so in the middle of a call: most programs never need it. */
  follower(): Follower;
  /** Where that is not possible: settles when `follower` gives it. */
  coming: Promise<unknown> | null;
}

/** Whether the process's own meter sends the calls of upstreams; one that is made by the application may all the same. */
function sendsCalls(): boolean {
  const { ROUTEMETER_UPSTREAMS: wanted = '', ROUTEMETER_LIVE_URL: live = '' } = process.env;
  return live !== '' || (wanted !== '' && !OFF.test(wanted));
}

function watch({ follower, coming }: OtherHalf): void {
  const report = new Report();
  /** What happened before the other half came. */
  const missed: Array<() => void> = [];
  let isComing = coming !== null;
  const isSilent = ON.test(process.env.ROUTEMETER_SILENT ?? '');
  const followsCalls = sendsCalls();
  const follow = (found: Found, given: unknown, put?: Put): void => {
    if (isComing) {
      missed.push(() => follow(found, given, put));
      return;
    }
    const { hookable, version } = found;
    const { package: name, majors } = hookable;
    const upstream = UPSTREAMS.find((one) => one === hookable);
    const place = UNITS.find((one) => one === hookable);
    try {
      if (!majors.includes(Number.parseInt(version, 10))) {
        if (upstream === undefined || followsCalls) report.refused.add(`${name} ${version}`);
        return;
      }
      if (place !== undefined) {
        follower().followUnits(given, place.units, put);
      } else if (upstream === undefined) {
        follower().FOLLOW[name]!(given);
      } else {
        libraryLoaded(given, upstream.source);
        if (!followsCalls) return;
        follower().followCalls();
      }
      if (upstream === undefined && place === undefined) report.found(name, version);
      else report.libraries.add(`${name} ${version}`);
    } catch {
      report.refused.add(`${name} ${version}`);
    }
  };
  const loaded = (file: string, exports: unknown, put?: Put): void => {
    for (const found of find(file)) follow(found, exports, put);
  };
  if (followsCalls) forwardDns();
  // Another preload may have been first. Libraries can be followed all the same, routers have lost paths.
  for (const [path, module] of Object.entries(loadedModules())) {
    const file = path.replaceAll('\\', '/');
    if (!isHookable(file)) continue;
    for (const found of find(file)) {
      if ('source' in found.hookable || 'units' in found.hookable) follow(found, module!.exports);
      else report.before.add(`${found.hookable.package} ${found.version}`);
    }
  }
  watchModules(isHookable, loaded);
  watchEsModules(namesIn, loaded, (name) => {
    const hookable = UPSTREAMS.find(({ package: builtin }) => builtin === name);
    if (hookable !== undefined)
      follow({ hookable, version: process.versions.node }, process.getBuiltinModule(name));
  });
  for (const { channel, ...hookable } of PUBLISHING) {
    subscribe(channel, (message) => {
      const { version, given } = hookable.read(message);
      follow({ hookable, version }, given);
    });
  }
  // Of the process, whether a server or a unit of work was first: both ask for a handler of their own.
  const folder = process.env.ROUTEMETER_DOCTOR;
  let isDiagnosed = folder === undefined;
  let takesOrders = false;
  let isTelling = false;
  let isServing = false;
  /** What was to be done first when the other half was not there yet. */
  const asked = new Set<'listening' | 'begin'>();
  const enter = (first: 'listening' | 'begin'): (EntryHandler & { begin(): void }) | null => {
    if (isComing) {
      if (!asked.has(first)) missed.push(() => enter(first)?.[first]());
      asked.add(first);
      return null;
    }
    try {
      const other = follower();
      const { diagnose, followCalls, followLoaded, isRepeated, measureProcess, naming, takeOrders } = other;
      const begin = (): void => {
        followLoaded();
        if (followsCalls) followCalls();
        measureProcess();
        if (!takesOrders) takeOrders();
        takesOrders = true;
        if (!isDiagnosed) diagnose(folder!, () => other.hookedIn(report, naming()));
        isDiagnosed = true;
        if (!isTelling && !isSilent && !isRepeated())
          other.tellWhenKnown(report, naming(), write, () => isServing);
        isTelling = true;
      };
      const listening = (): void => {
        isServing = true;
        begin();
      };
      return { request: other.enter, listening, begin };
    } catch {
      // A bundle in which one file stands without the other.
      if (!isSilent) tellIncomplete();
      return null;
    }
  };
  installEntry(() => enter('listening'));
  // A process that serves no HTTP begins its work by its first unit. What begins then is not part of that.
  firstUnit().act = AsyncResource.bind(() => {
    try {
      enter('begin')?.begin();
    } catch {
      // The application goes on.
    }
  });
  const arrived = () => {
    isComing = false;
    for (const act of missed.splice(0)) act();
  };
  coming?.then(arrived, arrived);
}

/**
 * Watches for frameworks and servers, unless the environment says otherwise or another copy does.
 * Never throws.
 *
 * @param open is asked for the other half where there is something to watch.
 */
export function start(open: () => OtherHalf): void {
  const root = globalThis as { [STARTED]?: true };
  if (OFF.test(process.env.ROUTEMETER_ENABLED ?? '') || root[STARTED] !== undefined) return;
  root[STARTED] = true;
  const runtime = otherRuntime();
  if (runtime !== null) {
    if (!ON.test(process.env.ROUTEMETER_SILENT ?? '')) tellOtherRuntime(runtime);
    return;
  }
  try {
    watch(open());
  } catch {
    // The application comes first: without us it runs as it always did.
  }
}

/** The runtime, where it is not Node: their module systems have no place for the preload, and some break by it. */
function otherRuntime(): string | null {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  if (deno !== undefined) return `Deno ${deno}`;
  return bun === undefined ? null : `Bun ${bun}`;
}
