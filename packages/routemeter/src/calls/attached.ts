/**
 * Keeps something on an object of a library, under a symbol that neither listings nor `util.inspect` show.
 * For the hot path: reading it is reading a property.
 */
export function attach<T extends object, K extends symbol & keyof T>(object: T, key: K, value: T[K]): void {
  Object.defineProperty(object, key, { value, writable: true, configurable: true });
}
