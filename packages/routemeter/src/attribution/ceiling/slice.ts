/** Units of work that were chosen together to have their CPU measured, and what has become of that. */
export interface Slice {
  /** How likely each of them was to be measured so far. */
  rate: number;
  /** Those that are still open are not measured after all. */
  isGivenUp: boolean;
  /** So many works of it keep the hook on. */
  held: number;
}
