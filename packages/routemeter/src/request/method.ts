const STANDARD = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

/**
 * The method as a tag value: one of RFC 9110's and PATCH, or one the options allow, else `other`,
 * so that nobody can make series by inventing methods.
 */
export function methodTag(method: string | undefined, allowed: ReadonlySet<string>): string {
  if (method === undefined) return 'other';
  return STANDARD.has(method) || allowed.has(method) ? method : 'other';
}
