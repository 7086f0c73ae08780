/** What happens on the connection beside a request and its full answer. */
export type Extra =
  /** The client leaves before the headers. */
  | 'abort-before-headers'
  /** The client leaves after the headers. */
  | 'abort-after-headers';

/** One request, and what must be counted for it. */
export interface ContractCase {
  id: string;
  method: string;
  path: string;
  /** The template in the framework's own syntax; null: unmatched. */
  route: string | null;
  /** The status counted; 499 where the client left before the headers. */
  status: number;
  headers?: Record<string, string>;
  body?: string;
  extra?: Extra;
  /** Class of the error that was thrown, if one is to be told. */
  error?: string;
}

/** What the case's sample must look like: tags of `http.server.request`. */
export function expectedTags(one: ContractCase): Record<string, string> {
  const tags: Record<string, string> = {
    // A pipe would end the tag on the wire.
    http_route: (one.route ?? 'unmatched').replaceAll('|', '_'),
    http_method: one.method,
    http_status_code: String(one.status),
  };
  if (one.extra !== undefined) tags.aborted = 'true';
  if (one.error !== undefined) tags.error = one.error;
  return tags;
}
