/**
 * The zero-code preload: `node --import routemeter/register app.js`, or `-r routemeter/register`.
 *
 * Nothing happens before a framework is loaded or an HTTP server listens: no socket, no timer, no
 * output. Then one line on stderr tells what was found; `ROUTEMETER_SILENT=1` leaves it out,
 * `ROUTEMETER_ENABLED=false` leaves out everything.
 */
import { createRequire as requireOf } from 'node:module';
import { type Follower, start } from './start.ts';

// A build of its own next to this one, in CommonJS so that it can be loaded in the middle of a call.
// Written so that webpack, and what is made of it, finds the file.
start(() => requireOf(import.meta.url)('./follow.cjs') as Follower);
