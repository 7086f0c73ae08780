import type { ErrorCode } from './catalogue.ts';

/**
 * A mistake in the configuration, thrown at construction and never later.
 *
 * The message shows the offending value and the option that fixes it; `code` is stable and
 * listed in `docs/errors.md`.
 *
 * @example
 * try { createMeter({ url: 'foo://' }) } catch (error) { error.code } // 'RM_URL_INVALID'
 */
export class RoutemeterError extends Error {
  override readonly name = 'RoutemeterError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(`${message} [${code}]`);
    this.code = code;
  }
}

const SHOWN = 80;

/** A value as error messages show it: short, on one line, never throwing. */
export function show(value: unknown): string {
  try {
    const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
    return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
  } catch {
    return Object.prototype.toString.call(value);
  }
}
