import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';

export interface VirtualRows {
  /** Which rows there are in the document, ascending, each with the pixels of those left out before it. */
  items: readonly { index: number; gap: number }[];
  /** Pixels of those left out behind the last. */
  behind: number;
  /** Scrolls a row into sight. */
  show(index: number): void;
}

interface Options {
  count: number;
  /** Pixels of each row. */
  height: number;
  /** Pixels of the head that stays on top of the rows. */
  head: number;
  /** A row that must stay although it is out of sight, such as the one with the focus; -1 for none. */
  kept: number;
}

/** Rows beyond each edge: the next ones for the keyboard, and for a scroll that is quicker than a frame. */
const BEYOND = 5;
const FIRST_RECT = { width: 400, height: 700 };

/** Of a table of thousands of rows, those near its own scrolled window. */
export function useVirtualRows(box: RefObject<HTMLElement | null>, options: Options): VirtualRows {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const { count, height, head, kept } = options;
  const keptRow = useRef(kept);
  keptRow.current = kept;
  const settings = {
    count,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    paddingStart: head,
    scrollPaddingStart: head,
    overscan: BEYOND,
    initialRect: FIRST_RECT,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: again,
    rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const near = defaultRangeExtractor(range);
      const extra = keptRow.current;
      if (extra < 0 || extra >= range.count || near.includes(extra)) return near;
      return extra < (near[0] ?? 0) ? [extra, ...near] : [...near, extra];
    },
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(settings));
  virtualizer.setOptions(settings);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  const indexes = virtualizer.getVirtualItems().map(({ index }) => index);
  return {
    items: indexes.map((index, at) => ({ index, gap: (index - (indexes[at - 1] ?? -1) - 1) * height })),
    behind: Math.max(0, count - 1 - (indexes.at(-1) ?? -1)) * height,
    show: (index) => virtualizer.scrollToIndex(index),
  };
}
