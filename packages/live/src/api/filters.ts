import { ApiError } from './endpoint.ts';

const PREFIX = 'tag:';

/**
 * The exact tag values that a request asks for, from its parameters `tag:KEY=VALUE`; with `own`, the names
 * of the endpoint's own parameters, every other parameter is a tag's value, too. A key may come once: a
 * series has one value of it.
 */
export function filters(parameters: URLSearchParams, own?: ReadonlySet<string>): Record<string, string> {
  // Keys come from the wire: without a prototype, `__proto__` is a key like any other.
  const where: Record<string, string> = Object.create(null);
  for (const [name, value] of parameters) {
    const isTag = name.startsWith(PREFIX);
    if (!isTag && (own === undefined || own.has(name))) continue;
    const key = isTag ? name.slice(PREFIX.length) : name;
    if (key === '') throw bad(`${name}=${value}: must name the tag, as in tag:KEY=VALUE`);
    const before = where[key];
    if (before !== undefined && before !== value) {
      throw bad(`${name}=${value}: comes beside ${key}=${before}, but a series has one value of a tag`);
    }
    where[key] = value;
  }
  return where;
}

function bad(message: string): ApiError {
  return new ApiError(400, 'BAD_PARAMETER', message);
}
