export interface Nesting {
  outer: string;
  inner: string;
  mount: string;
  template: string;
}
export function serve(nestings: readonly Nesting[]): void;
