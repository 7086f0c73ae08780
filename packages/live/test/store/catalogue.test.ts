import { expect, test } from 'vitest';
import { readCatalogue } from '../../src/store/promql/catalogue.ts';
import { Engine } from '../../src/store/promql/engine.ts';
import { startFakeEngine } from './fake-engine.ts';

const info = (name: string, type: string, histograms?: string) => ({
  metric: { metric: name, name, type, ...(histograms === undefined ? {} : { histograms }) },
  value: [0, '1'],
});

/** What the catalogue leaves out of its question for the series of everything. */
async function leftOut(infos: ReturnType<typeof info>[]): Promise<string[]> {
  await using fake = await startFakeEngine(({ query }) => {
    const result = query.includes('routemeter_metric_info{') ? infos : [];
    return { body: JSON.stringify({ status: 'success', data: { result } }) };
  });
  const engine = new Engine({ url: new URL(fake.url), headers: {} });
  await readCatalogue(engine, { at: 0, windowMs: 60_000, matchers: [] });
  const { query } = fake.asked.find(({ query }) => query.includes('__name__!~'))!;
  const [, names] = /__name__!~"[^"]*info\|?([^"]*)"/.exec(query)!;
  return names === '' ? [] : names!.split('|');
}

test('native histograms are not read to find out what there is, unless a gauge has that name elsewhere', async () => {
  const infos = [
    info('native', 'timing', 'native'),
    info('native', 'distribution', 'native'),
    info('classic', 'timing', 'classic'),
    info('both', 'timing', 'native'),
    info('both', 'gauge'),
  ];
  expect(await leftOut(infos)).toEqual(['native']);
  expect(await leftOut([])).toEqual([]);
});

test('so many names are left out as an expression has room for', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `native_${i}_${'x'.repeat(20)}`);
  const left = await leftOut(names.map((name) => info(name, 'timing', 'native')));
  expect(left).toEqual(names.slice(0, left.length));
  const text = left.join('|').length;
  expect(text).toBeLessThanOrEqual(6000);
  expect(text).toBeGreaterThan(5900);
});
