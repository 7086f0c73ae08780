import type { QueryAnswer } from '../api/types.ts';
import { windowSeconds } from './live.ts';
import { type Stretch, zoom } from './zoom.ts';

/** The ends of the time axis that all charts of a view share: the zoom, or what the server last knew. */
export function axisFor(answer: Pick<QueryAnswer, 'start' | 'step'> | null, points: number): Stretch {
  if (zoom.value) return zoom.value;
  const to = answer ? answer.start / 1000 + points * answer.step : Date.now() / 1000;
  return { from: to - windowSeconds.value, to };
}
