import { readFileSync } from 'node:fs';
import { LiveError } from './errors.ts';
import { isLoopback } from './ingest/loopback.ts';

/** What an `Authorization: Bearer` header can carry (RFC 6750), and long enough that nobody guesses it. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/;
const REMEDY = 'make one with: openssl rand -hex 24';

interface Given {
  token?: string;
  tokenFile?: string;
}

/**
 * The token of the page and the API. Throws `BAD_OPTION` where one is needed and missing, or no good; no
 * message shows a token.
 */
export function tokenOf({ token, tokenFile }: Given, host: string): string | undefined {
  if (token !== undefined && tokenFile !== undefined) {
    throw bad('token: given by --token and by --token-file; leave one of them out');
  }
  const found = tokenFile === undefined ? token : readToken(tokenFile);
  if (found === undefined) {
    if (isLoopback(host)) return undefined;
    throw bad(
      `host: ${host} can be reached by others, so the page needs a token; give --token-file PATH or --token TOKEN (${REMEDY})`,
    );
  }
  if (TOKEN.test(found)) return found;
  throw bad(
    `${tokenFile === undefined ? 'token' : `tokenFile: ${tokenFile}`}: what is given (${found.length} characters) is no token; it has 16 to 512 letters, digits or . _ ~ + / - (${REMEDY})`,
  );
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? error;
    throw bad(
      `tokenFile: ${JSON.stringify(path)} cannot be read (${code}); name a file that holds the token`,
    );
  }
}

function bad(message: string): LiveError {
  return new LiveError('BAD_OPTION', message);
}
