import type { Cell } from '../../store/memory/cell.ts';
import type { EncodedLabels } from '../labels.ts';
import type { RequestBuilder, Times } from '../request.ts';

/** What the series of a unit are called. */
export interface Identity {
  /** In Prometheus' alphabet, without the endings of its series. */
  name: string;
  labels: EncodedLabels;
}

/**
 * What is written together: all series of one metric with one set of labels. Its cumulative values never fall
 * as long as it lives.
 */
export abstract class Unit {
  /** Whether it says something that has not been written. */
  isChanged = false;
  /** Made room for others; its samples belong to a new one. */
  isGone = false;
  /** Unix ms of its last sample. */
  lastAt = 0;
  /** The tick it was written at last; undefined before the first. */
  writtenAt: number | undefined;
  /** The last tick that has looked at it. */
  visitedAt = 0;
  /** Where a tick that found no room for it began, and none has since. */
  skippedFrom: number | undefined;

  /** Adds the samples of a second. */
  abstract take(cell: Readonly<Cell>): void;

  /** Writes its series; `isRefresh` where nothing has changed. */
  abstract write(request: RequestBuilder, times: Times, isRefresh: boolean): void;
}
