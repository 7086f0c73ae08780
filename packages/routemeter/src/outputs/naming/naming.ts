import type { SeriesId, Tag } from '../../series/index.ts';

/** One name that people see, with its tags. */
export interface Rendered {
  readonly name: string;
  readonly tags: readonly Tag[];
}

/** Turns the identity of a series into the names that people want. Called once per series and output. */
export interface Naming {
  /** None: the series is not sent by this output. Several: each is sent. */
  render(id: SeriesId): readonly Rendered[];
}
