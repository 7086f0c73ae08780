import type { RequestSpan } from '../request/index.ts';

/**
 * Notes an error that application code threw or handed on. Whether the request failed is decided at its
 * end, by what was answered. An error that carries a client's status (a 404 thrown, a body refused) is
 * an answer that has yet to be sent.
 */
export function noteFailure(span: RequestSpan, error: unknown): void {
  span.setError(error, isRefusal(error));
}

function isRefusal(error: unknown): boolean {
  try {
    const { status, statusCode } = Object(error) as { status?: unknown; statusCode?: unknown };
    const says = Number(status ?? statusCode);
    return says >= 400 && says < 500;
  } catch {
    // A getter that throws, or a value that is no number.
    return false;
  }
}
