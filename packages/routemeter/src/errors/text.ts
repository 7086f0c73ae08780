/** `String(value)` that cannot throw, whatever the application handed in. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'unprintable';
  }
}
