import { errorClass } from '../meter/index.ts';

/** Codes of drivers and of the system: `ECONNREFUSED`, `23505`, `ER_DUP_ENTRY`. */
const CODE = /^[A-Z0-9][A-Z0-9_]{1,39}$/;

/** What an error is, for the tag `error_type`: its code or its class, never its message. */
export function failureOf(error: unknown): string {
  try {
    // Its code is a number, and its class says nothing: `AbortError`, `TimeoutError`.
    if (error instanceof DOMException) return error.name;
    const { code } = (error ?? {}) as { code?: unknown };
    if (typeof code === 'string' && CODE.test(code)) return code;
  } catch {
    return 'Error';
  }
  return errorClass(error);
}
