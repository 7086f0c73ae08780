import type { QueryAnswer } from '../api/types.ts';

export type Column = (number | null | undefined)[];
/** What a chart draws: times in epoch seconds, then a column for each line. */
export type Data = [times: number[], ...lines: Column[]];

/** The times of a query's points, epoch seconds. */
export function timesOf(start: number, step: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start / 1000 + index * step);
}

/**
 * Several answers about the same time as columns of one chart. Answers are asked for one after the
 * other, so one may begin a step later: values are laid by their time, not by their position.
 */
export function columns(
  answers: readonly (QueryAnswer | null)[],
  picks: readonly { answer: number; stat: string; factor?: number }[],
): Data {
  const present = answers.filter((answer) => answer !== null);
  const base = present[0];
  if (!base) return [[], ...picks.map(() => [])];
  const starts = present.map((answer) => answer.start);
  const ends = present.map((answer) => answer.start + lengthOf(answer) * answer.step * 1000);
  const start = Math.min(...starts);
  const count = Math.max(0, Math.round((Math.max(...ends) - start) / 1000 / base.step));
  const times = timesOf(start, base.step, count);
  return [
    times,
    ...picks.map(({ answer, stat, factor = 1 }) => {
      const from = answers[answer];
      const series = from?.series.find((one) => one.stat === stat);
      if (!from || !series) return times.map(() => null);
      const shift = Math.round((from.start - start) / 1000 / base.step);
      return times.map((_, index) => {
        const value = series.points[index - shift];
        return value === null || value === undefined ? null : value * factor;
      });
    }),
  ];
}

const lengthOf = (answer: QueryAnswer) => Math.max(0, ...answer.series.map((one) => one.points.length));
