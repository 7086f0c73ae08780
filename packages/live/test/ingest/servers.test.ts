import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RulesOption } from '../../src/ingest/rules.ts';
import { pipeline } from '../helpers.ts';

type Kind = 'count' | 'gauge' | 'timing' | 'set';
interface Reading {
  name: string;
  tags: Record<string, string>;
  kind: Kind;
  value?: number;
  count?: number;
  sum?: number;
}
interface Form {
  id: string;
  line: string;
  payloads: string[];
  meant: Omit<Reading, 'name' | 'tags'> & { tags?: Record<string, string> };
}

/** What real servers made of lines; `npm run test:collectors -- --write` asks them again. */
const { forms, servers } = JSON.parse(
  readFileSync(new URL('../vectors/servers.json', import.meta.url), 'utf8'),
) as { forms: Form[]; servers: Record<string, { version: string; readings: Record<string, Reading[]> }> };

const KINDS: Record<string, Kind> = {
  count: 'count',
  gauge: 'gauge',
  set: 'set',
  timing: 'timing',
  histogram: 'timing',
  distribution: 'timing',
};

/** What the live server has of payloads, in the words of the vectors. */
async function read(payloads: readonly string[], rules: RulesOption): Promise<Reading[]> {
  const { store, feed } = pipeline({ rules });
  const now = `T${Math.floor(Date.now() / 1000)}`;
  for (const payload of payloads) feed(payload.replace(/T\d{10}/, now));
  const readings: Reading[] = [];
  for (const { name, type, tagKeys } of await store.metrics()) {
    const end = store.until();
    const query = {
      names: [name],
      types: [type],
      by: tagKeys,
      from: end - 600_000,
      to: end + 1000,
      quantiles: [],
    };
    for (const { tags, count, sum, last } of await store.summary(query)) {
      const kind = KINDS[type]!;
      const value = kind === 'gauge' ? last! : sum;
      readings.push({ name, tags: { ...tags }, kind, ...(kind === 'timing' ? { count, sum } : { value }) });
    }
  }
  return readings;
}

/** Without its name, which each server cleans in its own way. */
const plain = ({ name: _, ...reading }: Reading) => reading;
const meaning = ({ meant: { kind, tags = {}, value, count, sum } }: Form) => ({
  kind,
  tags,
  ...(value === undefined ? { count, sum } : { value }),
});
/** Seconds are milliseconds too where the server divides. */
function isSame(found: Omit<Reading, 'name'>, wanted: Omit<Reading, 'name'>): boolean {
  const near = (a = 0, b = 0) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
  return (
    found.kind === wanted.kind &&
    JSON.stringify(found.tags) === JSON.stringify(wanted.tags) &&
    near(found.value, wanted.value) &&
    near(found.count, wanted.count) &&
    (near(found.sum, wanted.sum) || near(found.sum! * 1000, wanted.sum))
  );
}
const sorted = (form: Form) => {
  const { tags, ...rest } = meaning(form);
  return { ...rest, tags: Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))) };
};

describe('lines that real servers read', () => {
  it('there are servers and forms', () => {
    expect(Object.keys(servers).length).toBeGreaterThanOrEqual(6);
    expect(forms.length).toBeGreaterThanOrEqual(30);
  });

  it.each(forms)('$line: as meant, wherever one of them reads it so', async (form) => {
    const wanted = sorted(form) as Omit<Reading, 'name'>;
    const readers = Object.values(servers).filter(({ readings }) => {
      const own = readings[form.id] ?? [];
      return own.length === 1 && isSame(plain(own[0]!), wanted);
    });
    if (readers.length === 0) return;
    const found = await read(form.payloads, 'auto');
    expect(found.filter(({ name }) => name.startsWith('rm'))).toHaveLength(1);
    expect(isSame(plain(found[0]!), wanted), JSON.stringify(found)).toBe(true);
  });
});

/**
 * Where `--rules etsy` reads more than Etsy's StatsD does: that loses samples, or takes Datadog's types and tags for
 * something else, and an application under `routemeter-live` sends these whatever the rules.
 */
const MORE_THAN_ETSY = new Set(
  [
    'packedcounter packedtiming packedhistogram packeddistribution packedtags',
    'histogram distribution sampleddistribution',
    'sampledtiming sampledtags',
    'tags timingtags container external cardinality timestamp influxtags',
  ].flatMap((line) => line.split(' ')),
);

describe('--rules etsy', () => {
  const { readings } = servers.etsy!;

  it.each(forms.filter(({ id }) => !MORE_THAN_ETSY.has(id)))(
    "$line: as Etsy's StatsD",
    async ({ id, payloads }) => {
      const found = await read(payloads, 'etsy');
      const own = found.filter(({ name }) => name.startsWith(`rm${id}x`));
      expect(own.map(plain)).toEqual(readings[id]!.map(plain));
    },
  );

  it.each(forms.filter(({ id }) => MORE_THAN_ETSY.has(id)))(
    "$line: more than Etsy's StatsD",
    async (form) => {
      const found = await read(form.payloads, 'etsy');
      expect(found).toHaveLength(1);
      expect(isSame(plain(found[0]!), sorted(form) as Omit<Reading, 'name'>), JSON.stringify(found)).toBe(
        true,
      );
      expect(readings[form.id]!.every((one) => isSame(plain(one), sorted(form) as never))).toBe(false);
    },
  );
});
