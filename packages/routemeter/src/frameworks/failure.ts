import type { RequestSpan } from '../request/index.ts';

/**
 * Notes an error that application code threw. One that carries a client's status is an answer (a 404
 * thrown, a body refused) and not a failure.
 */
export function noteFailure(span: RequestSpan, error: unknown): void {
  const { status, statusCode } = Object(error) as { status?: unknown; statusCode?: unknown };
  const says = Number(status ?? statusCode);
  if (!(says >= 400 && says < 500)) span.setError(error);
}
