/**
 * The zero-code preload: `node --import routemeter/register app.js`, or `-r routemeter/register`.
 *
 * Nothing happens before a framework is loaded or an HTTP server listens: no socket, no timer, no
 * output. Then one line on stderr tells what was found; `ROUTEMETER_SILENT=1` leaves it out,
 * `ROUTEMETER_ENABLED=false` leaves out everything.
 */
import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { libraryLoaded } from '../calls/loaded.ts';
import { forwardDns } from '../calls/sources/dns-methods.ts';
import { installEntry } from '../request/entry.ts';
import { watchEsModules } from './es-modules.ts';
import { ES_HOOKABLE, type Found, find, HOOKABLE, PUBLISHING, UPSTREAMS } from './hookable.ts';
import { loadedModules, watchModules } from './modules.ts';
import { Report } from './report.ts';

const OFF = /^(0|false|no|off)$/i;
const ON = /^(1|true|yes|on)$/i;
/** Given twice, by a flag and by NODE_OPTIONS, it acts once. */
const STARTED = Symbol.for('routemeter.v1.register');

type Follower = typeof import('./follow.ts');

// A build of its own next to this one, in CommonJS so that it can be loaded in the middle of a call.
const follower = (): Follower => createRequire(import.meta.url)('./follow.cjs') as Follower;

const wants = (file: string): boolean =>
  HOOKABLE.some((hookable) => hookable.file.test(file)) ||
  UPSTREAMS.some(({ file: place }) => place.test(file));

/** Whether the process's own meter sends the calls of upstreams; one that is made by the application may all the same. */
const { ROUTEMETER_UPSTREAMS: wanted = '', ROUTEMETER_LIVE_URL: live = '' } = process.env;
const sendsCalls = live !== '' || (wanted !== '' && !OFF.test(wanted));

function start(): void {
  const report = new Report();
  const isSilent = ON.test(process.env.ROUTEMETER_SILENT ?? '');
  const follow = ({ hookable, version }: Found, given: unknown): void => {
    const { package: name, majors } = hookable;
    const upstream = UPSTREAMS.find((one) => one === hookable);
    try {
      if (!majors.includes(Number.parseInt(version, 10))) {
        if (upstream === undefined || sendsCalls) report.unsupported(name, version);
        return;
      }
      if (upstream === undefined) {
        follower().FOLLOW[name]!(given);
      } else {
        libraryLoaded(given, upstream.source);
        if (!sendsCalls) return;
        follower().followCalls();
      }
      report.instrumented(name, version);
    } catch {
      report.unsupported(name, version);
    }
  };
  const loaded = (file: string, exports: unknown): void => {
    const found = find(file);
    if (found !== null) follow(found, exports);
  };
  if (sendsCalls) forwardDns();
  // Another preload may have been first. Libraries can be followed all the same, routers have lost paths.
  for (const [file, exports] of loadedModules()) {
    if (!wants(file)) continue;
    const found = find(file);
    if (found === null) continue;
    if ('source' in found.hookable) follow(found, exports);
    else report.early(found.hookable.package, found.version);
  }
  watchModules(wants, loaded);
  watchEsModules((file) => ES_HOOKABLE.find((hookable) => hookable.file.test(file))?.names ?? null, loaded);
  for (const { channel, ...hookable } of PUBLISHING) {
    subscribe(channel, (message) => {
      const { version, given } = hookable.read(message);
      follow({ hookable, version }, given);
    });
  }
  installEntry(() => {
    try {
      const { diagnose, enter, followCalls, followLoaded, isRepeated, measureProcess } = follower();
      const folder = process.env.ROUTEMETER_DOCTOR;
      let isDiagnosed = folder === undefined;
      return {
        request: enter,
        listening() {
          followLoaded();
          if (sendsCalls) followCalls();
          measureProcess();
          if (!isDiagnosed) diagnose(folder!, () => report.hooked());
          isDiagnosed = true;
          if (!isSilent && !isRepeated()) report.tell();
        },
      };
    } catch {
      return null;
    }
  });
}

const root = globalThis as { [STARTED]?: true };
if (!OFF.test(process.env.ROUTEMETER_ENABLED ?? '') && root[STARTED] === undefined) {
  root[STARTED] = true;
  try {
    start();
  } catch {
    // The application comes first: without us it runs as it always did.
  }
}
