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
export function pageToken(given: Given, host: string): string | undefined {
  const found = tokenOf('token', given.token, given.tokenFile);
  if (found !== undefined || isLoopback(host)) return found;
  throw bad(
    `host: ${host} can be reached by others, so the page needs a token; give --token-file PATH or --token TOKEN (${REMEDY})`,
  );
}

interface GivenOfProfiles {
  profileToken?: string;
  profileTokenFile?: string;
}

/** That of applications that let themselves be profiled. Throws `BAD_OPTION`, likewise. */
export function profileTokenOf({ profileToken, profileTokenFile }: GivenOfProfiles): string | undefined {
  return tokenOf('profileToken', profileToken, profileTokenFile);
}

function tokenOf(
  name: 'token' | 'profileToken',
  token: string | undefined,
  file: string | undefined,
): string | undefined {
  if (token !== undefined && file !== undefined) {
    const flag = name === 'token' ? '--token' : '--profile-token';
    throw bad(`${name}: given by ${flag} and by ${flag}-file; leave one of them out`);
  }
  const found = file === undefined ? token : readToken(name, file);
  if (found === undefined || TOKEN.test(found)) return found;
  throw bad(
    `${file === undefined ? name : `${name}File: ${file}`}: what is given (${found.length} characters) is no token; it has 16 to 512 letters, digits or . _ ~ + / - (${REMEDY})`,
  );
}

function readToken(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? error;
    throw bad(
      `${name}File: ${JSON.stringify(path)} cannot be read (${code}); name a file that holds the token`,
    );
  }
}

function bad(message: string): LiveError {
  return new LiveError('BAD_OPTION', message);
}
