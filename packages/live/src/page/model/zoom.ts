import { computed } from '@preact/signals';
import { windowSeconds } from './live.ts';
import { amend, parameter } from './location.ts';
import { stepFor } from './steps.ts';

/**
 * The time on the axis of every chart: the last seconds of the window, or a stretch chosen by
 * dragging. The stretch is in the URL; the way back, one step for each drag, in memory.
 */
export interface Stretch {
  /** Epoch seconds. */
  from: number;
  to: number;
}

const LEAST_SECONDS = 5;
const from = parameter('from');
const to = parameter('to');

export const zoom = computed<Stretch | null>(() => {
  const stretch = { from: Number(from.value), to: Number(to.value) };
  return stretch.from > 0 && stretch.to >= stretch.from + LEAST_SECONDS ? stretch : null;
});

const before: (Stretch | null)[] = [];

function set(stretch: Stretch | null): void {
  amend({ from: stretch ? String(stretch.from) : null, to: stretch ? String(stretch.to) : null });
}

export function zoomTo(start: number, end: number): void {
  const middle = (start + end) / 2;
  const half = Math.max(end - start, LEAST_SECONDS) / 2;
  before.push(zoom.value);
  set({ from: Math.floor(middle - half), to: Math.ceil(middle + half) });
}

/** One drag back; true when there was something to step back from. */
export function zoomBack(): boolean {
  if (!zoom.value) {
    before.length = 0;
    return false;
  }
  set(before.pop() ?? null);
  return true;
}

/** The last millisecond of a stretch: its end is where the next second begins. */
export const lastOf = (stretch: Stretch) => stretch.to * 1000 - 1;

/** What `/api/query` is asked for the time on the axis. */
export const range = computed(() => {
  const stretch = zoom.value;
  const window = stretch ? stretch.to - stretch.from : windowSeconds.value;
  const step = Math.max(stepFor(window), stretch ? 1 : 2);
  return stretch ? { window, step, end: lastOf(stretch) } : { window, step };
});
