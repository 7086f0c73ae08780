/**
 * The zero-code preload: `node --import routemeter/register app.js`, or `-r routemeter/register`.
 *
 * Nothing happens before a framework is loaded or an HTTP server listens: no socket, no timer, no
 * output. Then one line on stderr tells what was found; `ROUTEMETER_SILENT=1` leaves it out,
 * `ROUTEMETER_ENABLED=false` leaves out everything.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Follower, start } from './start.ts';

// A build of its own next to this one, in CommonJS so that it can be loaded in the middle of a call.
// Its address is put together so that no bundler takes the file along without what it requires.
const OTHER_HALF = new URL(import.meta.url.replace(/[^/]*$/, 'follow.cjs'));

/** Where the file does not stand beside this one, it is part of a bundle of a bundler that does not ask for `bundled.ts`, as ncc. */
let bundled: { part: Follower | null } | null = null;

start(
  () => {
    if (bundled === null) return createRequire(OTHER_HALF)('./follow.cjs') as Follower;
    if (bundled.part === null) throw new Error('not found');
    return bundled.part;
  },
  () => {
    if (existsSync(OTHER_HALF)) return null;
    const own: { part: Follower | null } = { part: null };
    bundled = own;
    return import('./follow.ts').then((part) => {
      own.part = part;
    });
  },
);
