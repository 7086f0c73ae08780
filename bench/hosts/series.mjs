/** Custom metrics of one series at Datadog, by its type on the wire; see docs/cost.md. */
const CUSTOM_METRICS = { d: 5, h: 5, ms: 5, c: 1, g: 1, s: 1 };

/** The distinct series in captured DogStatsD or StatsD text, and what they cost. */
export function seriesOf(text) {
  const found = new Map();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [name] = line.split(':', 1);
    const [, type, ...fields] = line.split('|');
    const tags = (fields.find((field) => field.startsWith('#')) ?? '#').slice(1).split(',').sort().join(',');
    if (CUSTOM_METRICS[type] === undefined) throw new Error(`not a line of StatsD: ${line}`);
    found.set(`${name}|${tags}|${type}`, CUSTOM_METRICS[type]);
  }
  const customMetrics = [...found.values()].reduce((sum, each) => sum + each, 0);
  return { series: found.size, customMetrics };
}
