import type { IncomingMessage, ServerResponse } from 'node:http';
import { textOf, warnOnce } from '../../errors/index.ts';
import { naming, type RequestSpan } from '../../request/index.ts';
import { adonis } from './adonis.ts';
import { h3 } from './context.ts';
import { files } from './files.ts';
import { kit } from './kit.ts';
import { moleculer } from './moleculer.ts';
import { next } from './next.ts';
import { restify } from './restify.ts';
import { SERVER_FUNCTION } from './server-functions.ts';
import { start } from './start.ts';
import { serverOf, type Teller } from './teller.ts';
import { tinyhttp } from './tinyhttp.ts';

const TELLERS: readonly Teller[] = [next, start, h3, adonis, restify, moleculer, tinyhttp, kit, files];

/** Servers behind which such a framework stands: what it sends elsewhere, or refuses, it may never have looked at. */
const servers = new WeakSet<object>();
const REDIRECT = 300;

/** A name that says no more than that something behind it took everything: `/*`, `/{*rest}`, `/:path(.*)`. */
const CATCH_ALL = /(?:^|\/)(?:\*\w*|\{\/?\*\w*\}|\(\.\*\)|:\w+\(\.\*\)\*?)$/;

/** Whether a name would be another one if its framework was asked. */
function isVague(name: string): boolean {
  return name === SERVER_FUNCTION || CATCH_ALL.test(name);
}

/** Names a request at its end that nobody has named, or only a route for everything. */
export function nameTold(span: RequestSpan, request: IncomingMessage, response: ServerResponse): void {
  if (!span.guess && span.route !== '' && !isVague(span.route)) return;
  try {
    for (const teller of TELLERS) {
      const route = teller.route(request, response, span);
      if (route === undefined) continue;
      // A route for everything that led there is more than none.
      if (route !== null || span.guess) span.setRoute(route);
      if (route !== null && teller.framework !== null) naming().note(teller.framework);
      const server = serverOf(request);
      if (server !== undefined) servers.add(server);
      return;
    }
    if (span.status >= REDIRECT && servers.has(serverOf(request) ?? servers)) span.expectRoute();
  } catch (error) {
    warnOnce(
      'RM_INTERNAL',
      'told',
      `asking a framework for a route failed and was contained: ${textOf(error)}`,
    );
  }
}
