import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './endpoint.ts';

/** No token is longer; a candidate that is costs nothing to refuse. */
const MAX_LENGTH = 512;

/**
 * Who may read what was measured: whoever shows the token as `Authorization: Bearer`, or the cookie that a
 * browser was given for it. Without a token everybody may, which is for loopback alone.
 *
 * A wrong guess costs us one digest and the guesser a connection. It is not slowed down further: with 16
 * characters and more nobody gets there by guessing, and a brake would hold up those who have the token.
 */
export class Access {
  /** Requests that were refused. */
  denied = 0;
  readonly #token: Buffer | undefined;
  readonly #cookie: Buffer | undefined;
  readonly #cookieName: string = '';
  readonly #cookieValue: string = '';

  constructor(token: string | undefined) {
    if (token === undefined) return;
    this.#token = digest(token);
    // Made from the token, so that it holds over a restart and on every replica, and does not give it away.
    this.#cookieValue = derived(token, 'cookie');
    this.#cookie = digest(this.#cookieValue);
    // Cookies belong to a host, not to a port: two servers on one machine must not take turns logging out.
    this.#cookieName = `routemeter_${derived(token, 'name').slice(0, 8)}`;
  }

  /** Whether a token is asked for at all. */
  get isClosed(): boolean {
    return this.#token !== undefined;
  }

  /** Throws a 401 for a request without the token. */
  check({ headers }: IncomingMessage, res: ServerResponse): void {
    if (this.#token === undefined) return;
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (same(bearer, this.#token) || same(this.#cookieIn(headers.cookie), this.#cookie)) return;
    res.setHeader('www-authenticate', 'Bearer realm="routemeter-live"');
    throw this.#refusal('give the token as Authorization: Bearer, or open the page once with ?token=');
  }

  /**
   * Changes the `?token=` of a page's address for a cookie, and sends the browser to the same address without
   * it, so that it stays out of bookmarks and the history. False where there is nothing to change.
   */
  enter(path: string, query: URLSearchParams, req: IncomingMessage, res: ServerResponse): boolean {
    const given = query.get('token');
    if (this.#token === undefined || given === null) return false;
    // A plus sign that was not encoded reads as a space.
    if (!same(given.replaceAll(' ', '+'), this.#token)) throw this.#refusal('this is not the token');
    const rest = new URLSearchParams(query);
    rest.delete('token');
    // Relative, so that it also holds where a proxy mounts the page under a path.
    const leaf = `./${path.slice(path.lastIndexOf('/') + 1)}`;
    const secure = req.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
    res.writeHead(303, {
      location: rest.size > 0 ? `${leaf}?${rest}` : leaf,
      'set-cookie': `${this.#cookieName}=${this.#cookieValue}; Path=/; HttpOnly; SameSite=Strict${secure}`,
      'cache-control': 'no-store',
    });
    res.end();
    return true;
  }

  #cookieIn(header: string | undefined): string | undefined {
    const lead = `${this.#cookieName}=`;
    const found = header?.split(';').find((one) => one.trimStart().startsWith(lead));
    return found?.trim().slice(lead.length);
  }

  #refusal(message: string): ApiError {
    this.denied++;
    return new ApiError(401, 'TOKEN_NEEDED', message);
  }
}

/** Compares digests of one length: how long it takes tells nothing about where they differ. */
function same(given: string | undefined, expected: Buffer | undefined): boolean {
  if (given === undefined || given.length > MAX_LENGTH || expected === undefined) return false;
  return timingSafeEqual(digest(given), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function derived(token: string, purpose: string): string {
  return createHmac('sha256', token).update(`routemeter-live ${purpose}`).digest('base64url');
}
