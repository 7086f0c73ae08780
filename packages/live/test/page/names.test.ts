import { expect, it } from 'vitest';
import { namePartsOf } from '../../src/page/model/name-parts.ts';

/** `[...]` around what is cut first. */
function marked(names: readonly string[]): string[] {
  const partsOf = namePartsOf(names);
  return names.map((name) =>
    partsOf(name)
      .map(({ text, differs }) => (differs ? text : `[${text}]`))
      .join(''),
  );
}

it('long templates are cut where they do not differ', () => {
  const long = '/api/v1/organisations/:organisationId/projects';
  expect(
    marked([`${long}/:projectId/comments`, `${long}/:projectId/watchers`, `${long}/recent`, '/home']),
  ).toEqual([
    `/api[/v1/organisations/:organisationId/projects]/:projectId/comments`,
    `/api[/v1/organisations/:organisationId/projects]/:projectId/watchers`,
    `/api[/v1/organisations/:organisationId/projects]/recent`,
    '/home',
  ]);
});

it('what numbered names share within a segment is cut, too', () => {
  expect(marked(['shop.component7.cache.partition.hits', 'shop.component12.cache.partition.hits'])).toEqual([
    '[shop.component]7[.cache.partition].hits',
    '[shop.component]12[.cache.partition].hits',
  ]);
});

it('the pieces are the whole name, however long it is', () => {
  const names = ['a/'.repeat(5000), `${'a/'.repeat(4999)}b`, 'x'.repeat(9000), '', '////', '...a.b'];
  const partsOf = namePartsOf(names);
  for (const name of names) {
    const parts = partsOf(name);
    expect(parts.map(({ text }) => text).join('')).toBe(name);
    expect(parts.length).toBeLessThan(60);
  }
});
