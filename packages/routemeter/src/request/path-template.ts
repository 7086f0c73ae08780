import { LearnedPaths } from './learned-paths.ts';

/** Templates that one function makes; further paths read `unmatched`. */
const TEMPLATES = 100;
const LONGEST_SEGMENT = 40;
const DEEPEST = 10;

const SAFE = /^[A-Za-z0-9_.~-]+$/;
const NUMBER = /^-?\d+(\.\d+)?$/;
const DATE = /^\d{4}-\d{2}(-\d{2})?(T.*)?$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
const HEX = /^(?=.*\d)[0-9a-f]{7,}$/i;
const DIGITS = /^\d{4,}$/;
/** Random identifiers (base62, nanoid, `cus_9s6XKzkNRiz8i3`): long, with digits between letters of both cases. */
const TOKEN = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_-]{10,}$/;

function isValue(segment: string): boolean {
  if (segment.length > LONGEST_SEGMENT || !SAFE.test(segment)) return true;
  if (
    NUMBER.test(segment) ||
    DATE.test(segment) ||
    UUID.test(segment) ||
    ULID.test(segment) ||
    TOKEN.test(segment)
  ) {
    return true;
  }
  return segment.split(/[-_.~]/).some((part) => HEX.test(part) || DIGITS.test(part));
}

/**
 * Makes a function like `pathTemplate` with a memory of its own.
 *
 * @param most distinct templates at a time, 100 by default: what is behind a bare server is not known,
 * so the series it can cost are bounded here already.
 */
export function createPathTemplate(most = TEMPLATES): (url: string) => string {
  const known = new LearnedPaths(most);
  return (url) => {
    const segments = segmentsOf(url);
    return (segments === null ? null : known.name(segments)) ?? 'unmatched';
  };
}

/** Null for what is no path. */
function segmentsOf(url: string): string[] | null {
  // A proxy's absolute form: everything up to the path goes.
  const start = url.startsWith('/') ? 0 : /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0].length;
  if (start === undefined) return null;
  const [path = ''] = url.slice(start).split(/[?#]/, 1);
  const segments = path.split('/').filter((segment) => segment !== '');
  const shown = segments.slice(0, DEEPEST).map((segment) => (isValue(segment) ? ':id' : segment));
  return segments.length > DEEPEST ? [...shown, '*'] : shown;
}

/**
 * A route template guessed from a URL's path, for servers without a route map: UUIDs, numbers,
 * hashes, ULIDs, dates and long or unsafe segments become `:id`. A place at which many different words
 * come, most of them once, is learned to be a parameter, `:p`. At most 100 templates per process at a
 * time, then `unmatched`.
 *
 * @example
 * pathTemplate('/users/42/orders?page=2') // '/users/:id/orders'
 */
export const pathTemplate: (url: string) => string = createPathTemplate();
