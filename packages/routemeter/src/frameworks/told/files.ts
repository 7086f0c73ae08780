import type { ServedBy } from '../../meter/index.ts';
import type { RequestSpan } from '../../request/index.ts';
import { isFile, STATIC, type Teller } from './teller.ts';

/** Servers behind which a framework stands whose plugin is asked for all but its files, as spans have them. */
const servers = new WeakSet<ServedBy>();

/** A plugin was asked about a request: what it is not asked about on that server is a file, or refused. */
export function noteServer({ server }: RequestSpan): void {
  if (server !== null && server !== undefined) servers.add(server);
}

/** Files, and pages that were made when the application was built, are sent before a plugin is asked. */
export const files: Teller = {
  framework: null,
  route(request, _response, span) {
    const { server } = span;
    // A route for everything below a path has answered: that is no file.
    if (span.name() !== null) return undefined;
    if (server === null || server === undefined || !servers.has(server)) return undefined;
    return isFile(request.method, span.status) ? STATIC : null;
  },
};
