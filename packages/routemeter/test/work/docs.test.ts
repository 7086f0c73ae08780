import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { UNIT_SOURCES } from '../../src/work/sources/index.ts';
import { UNIT_PLACES } from '../../src/work/sources/places.ts';

test('docs/units.md has a row for each source, with its majors, and for nothing else', () => {
  const text = readFileSync(new URL('../../../../docs/units.md', import.meta.url), 'utf8');
  const [section] = text.slice(text.indexOf('## Libraries')).split('\n## ');
  const rows = section!.matchAll(/^\| `([^`]+)` \| ([^|]*) \|/gm);
  const documented = Object.fromEntries(
    Array.from(rows, ([, name, majors]) => [
      name,
      majors!
        .replace(/\(.*?\)/g, '')
        .match(/\d+/g)
        ?.map(Number),
    ]),
  );
  const known = Object.values(UNIT_PLACES).flat();
  expect(documented).toEqual(Object.fromEntries(known.map((place) => [place.package, [...place.majors]])));
});

test('each source has a place, and is called as there', () => {
  expect(Object.keys(UNIT_SOURCES).sort()).toEqual(Object.keys(UNIT_PLACES).sort());
});
