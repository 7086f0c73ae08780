/** The names of status codes, by code. */
const STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];
const METHOD = /^\/?((?:[A-Za-z_][\w.]*\/)[A-Za-z_]\w*)$/;

/** `pkg.Service/Method` of a path; `other` for what is no method's. */
export function grpcMethodOf(path: unknown): string {
  return METHOD.exec(String(path))?.[1] ?? 'other';
}

/** The name of a status as a failure; null for a success. */
export function grpcFailureOf(code: unknown): { code: string } | null {
  const number = Number(code);
  return number === 0 ? null : { code: STATUSES[number] ?? 'UNKNOWN' };
}
