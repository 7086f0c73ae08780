import type { Pause } from '../breathe.ts';
import type { MetricInfo } from '../store.ts';
import { SET } from './cell.ts';
import type { Series } from './series.ts';

type Entry = MetricInfo & { keys: Set<string>; at: number; counted: number };

/** What is told of each metric, by name and type. `whole`: the seconds before `second` that rates are of. */
export async function catalogOf(
  byName: ReadonlyMap<string, ReadonlySet<Series>>,
  second: number,
  whole: number,
  pause: Pause,
): Promise<MetricInfo[]> {
  const infos: MetricInfo[] = [];
  for (const [name, members] of byName) {
    const types = new Map<string, Entry>();
    for (const series of members) {
      const { type, shape } = series;
      let info = types.get(type);
      if (info === undefined) {
        const none = { value: null, rate: null, at: 0, counted: 0 };
        info = { name, type, tagKeys: [], keys: new Set(), series: 0, last: 0, ...none };
        types.set(type, info);
      }
      info.series++;
      info.last = Math.max(info.last ?? 0, series.lastAt);
      if (series.hasFallen || series.cell.down > 0) info.decreases = true;
      info.counted += series.recent.sum(second, whole);
      const [value, at] = series.dirty ? [series.cell.last, second] : [series.value, series.valueAt];
      if (shape !== SET && at >= info.at) {
        info.value = value;
        info.at = at;
      }
      for (const [key] of series.tags) info.keys.add(key);
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    for (const { keys, at: _, counted, ...info } of types.values()) {
      const rate = whole > 0 ? counted / whole : null;
      infos.push({ ...info, rate, tagKeys: [...keys].sort() });
    }
  }
  return infos;
}
