import type { Pause } from '../breathe.ts';
import type { SummaryQuery } from '../store.ts';
import { GAUGE } from './cell.ts';
import type { Group, Groups } from './groups.ts';
import type { Page } from './page.ts';
import type { Series } from './series.ts';
import { COARSE, floorTo, type Timeline } from './timeline.ts';

/** Reads groups of series out of the pages and the open second. */
export class Reader {
  readonly #timeline: Timeline;
  /** The Unix second that is open: it can end while a reading rests. */
  readonly #open: () => number;

  constructor(timeline: Timeline, open: () => number) {
    this.#timeline = timeline;
    this.#open = open;
  }

  /** All of a question's time at once. */
  async window(query: SummaryQuery, groups: Groups, pause: Pause): Promise<void> {
    const from = seconds(query.from);
    await this.#standing(groups, from, pause);
    await this.#collect(groups, from, secondsUp(query.to), query.quantiles.length > 0, pause);
  }

  /** Runs `visit` for every step of a query and every group, whose cell holds that step's samples. */
  async eachStep(
    query: { from: number; to: number; step: number },
    groups: Groups,
    withBins: boolean,
    pause: Pause,
    visit: (group: Group, index: number) => void,
  ): Promise<{ start: number; step: number }> {
    const fine = this.#timeline.isFine(seconds(query.from), this.#open());
    const grain = fine ? 1 : COARSE;
    const step = Math.max(grain, Math.ceil(query.step / grain) * grain);
    const start = floorTo(seconds(query.from), step);
    const end = secondsUp(query.to);
    await this.#standing(groups, start, pause);
    for (let at = start; at < end; at += step) {
      // Nothing is known of the time to come.
      if (at > this.#open()) for (const { levels } of groups.list) levels.clear();
      await this.#collect(groups, at, Math.min(at + step, end), withBins, pause);
      for (const [i, group] of groups.list.entries()) {
        visit(group, i);
        group.cell.clear();
        const resting = pause();
        if (resting !== undefined) await resting;
      }
    }
    return { start, step };
  }

  /** The values at which gauges stand when a time begins. */
  async #standing(groups: Groups, from: number, pause: Pause): Promise<void> {
    let open = groups.members.filter(([{ shape, firstAt }]) => shape === GAUGE && firstAt < from);
    for (const page of this.#timeline.before(from, this.#open())) {
      if (open.length === 0) return;
      const rest: typeof open = [];
      for (const member of open) {
        const [series, group] = member;
        const level = page.lastOf(series.id);
        if (level === undefined) rest.push(member);
        else group.setLevel(series, level.value, level.at);
        const resting = pause();
        if (resting !== undefined) await resting;
      }
      open = rest;
    }
  }

  async #collect(groups: Groups, from: number, to: number, withBins: boolean, pause: Pause): Promise<void> {
    // Seconds that close while this rests are read then: a sample is in a page or in an open cell, never in none.
    for (let start = from; ; ) {
      const open = this.#open();
      for (const page of [...this.#timeline.pages(start, Math.min(to, open), open)]) {
        for (const [series, group] of groups.members) {
          read(page, series, group, withBins);
          const resting = pause();
          if (resting !== undefined) await resting;
        }
      }
      if (open === this.#open() || open >= to) break;
      start = Math.max(from, open);
    }
    const open = this.#open();
    if (open < from || open >= to) return;
    for (const page of this.#timeline.pages(open, open + 1, open)) {
      for (const [series, group] of groups.members) read(page, series, group, withBins);
    }
    for (const [series, group] of groups.members) {
      if (!series.dirty) continue;
      group.cell.merge(series.cell);
      if (series.shape === GAUGE) group.setLevel(series, series.cell.last, open);
    }
  }
}

/** What a page has of a series goes to its group. */
function read(page: Page, series: Series, group: Group, withBins: boolean): void {
  page.mergeInto(series.id, group.cell, withBins);
  if (series.shape !== GAUGE) return;
  const level = page.lastOf(series.id);
  if (level !== undefined) group.setLevel(series, level.value, level.at);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function secondsUp(ms: number): number {
  return Math.floor(ms / 1000) + 1;
}
