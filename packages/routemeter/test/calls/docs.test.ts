import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BUILTINS, MODULES } from '../../src/calls/sources/index.ts';
import { PLACES } from '../../src/calls/sources/places.ts';

test('docs/upstreams.md has a row for each source, and for nothing else', () => {
  const text = readFileSync(new URL('../../../../docs/upstreams.md', import.meta.url), 'utf8');
  const rows = text.slice(text.indexOf('## Libraries')).matchAll(/^\| `([^`]+)` \|/gm);
  const documented = Array.from(rows, ([, name]) => name);
  const known = [...BUILTINS, ...Object.values(MODULES)].map((source) => source.package);
  expect(documented.sort()).toEqual([...new Set(known)].sort());
});

test('each source has a place, and is called as there', () => {
  expect(Object.keys(MODULES).sort()).toEqual(Object.keys(PLACES).sort());
});
