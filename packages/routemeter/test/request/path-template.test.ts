import { describe, expect, it } from 'vitest';
import { createPathTemplate } from '../../src/request/index.ts';

describe('pathTemplate', () => {
  it.each([
    ['/', '/'],
    ['', 'unmatched'],
    ['*', 'unmatched'],
    ['/home', '/home'],
    ['/home/', '/home'],
    ['/users/42', '/users/:id'],
    ['/users/42/orders?page=2', '/users/:id/orders'],
    ['/users/-7', '/users/:id'],
    ['/a//b', '/a/b'],
    ['/v1/things/9f8b1c2d3e4f5a6b', '/v1/things/:id'],
    ['/x/550e8400-e29b-41d4-a716-446655440000', '/x/:id'],
    ['/x/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/x/:id'],
    ['/log/2026-11-22', '/log/:id'],
    ['/log/2026-11-22T10:00:00Z', '/log/:id'],
    ['/files/%2e%2e%2fetc', '/files/:id'],
    ['/u/me@example.com', '/u/:id'],
    ['/c/cus_9s6XKzkNRiz8i3', '/c/:id'],
    ['/assets/index-4f3e2a1b.js', '/assets/:id'],
    [`/long/${'a'.repeat(41)}`, '/long/:id'],
    ['http://example.com/users/5?x#y', '/users/:id'],
    ['/oauth2/token', '/oauth2/token'],
    ['/robots.txt', '/robots.txt'],
    ['/a/b/c/d/e/f/g/h/i/j/k/l', '/a/b/c/d/e/f/g/h/i/j/*'],
  ])('%s is %s', (url, template) => {
    expect(createPathTemplate()(url)).toBe(template);
  });

  it('makes at most 100 templates at a time, then unmatched, and keeps the known ones', () => {
    const template = createPathTemplate();
    // Two words at each place: none looks like a value.
    const words = Array.from({ length: 512 }, (_, i) =>
      Array.from({ length: 9 }, (_, bit) => `/${(i >> bit) % 2 === 0 ? 'even' : 'odd'}`).join(''),
    );
    const seen = new Set(words.map((url) => template(url)));
    expect(seen.size).toBe(101);
    expect(seen.has('unmatched')).toBe(true);
    expect(template(words[0]!)).toBe(words[0]);
  });
});

const word = (i: number): string =>
  `${'abcdefghij'[i % 10]}x${'klmnopqrst'[Math.floor(i / 10) % 10]}y${'uvwzabcdef'[Math.floor(i / 100) % 10]}${'z'.repeat(Math.floor(i / 1000))}`;

/** How often each name was given. */
function tally(urls: readonly string[], template = createPathTemplate()): Map<string, number> {
  const names = new Map<string, number>();
  for (const url of urls) {
    const name = template(url);
    names.set(name, (names.get(name) ?? 0) + 1);
  }
  return names;
}

describe('a place at which many words come', () => {
  it('is learned to be a parameter before it costs many names', () => {
    const template = createPathTemplate();
    const given = Array.from({ length: 10_000 }, (_, i) => template(`/hello/${word(i)}`));
    expect(given.filter((name) => name === '/hello/:p').length).toBeGreaterThan(9_980);
    expect(new Set(given).size).toBeLessThan(20);
    expect(template('/hello/somebody?else')).toBe('/hello/:p');
    expect(template('/hello/42')).toBe('/hello/:p');
    // One that was known before as well.
    expect(template(`/hello/${word(0)}`)).toBe('/hello/:p');
  });

  it('is a place of its own: what follows it is told apart', () => {
    const template = createPathTemplate();
    for (let i = 0; i < 40; i++) template(`/hello/${word(i)}`);
    expect(template('/hello/x/orders')).toBe('/hello/:p/orders');
    expect(template('/hello/y/orders')).toBe('/hello/:p/orders');
    expect(template('/bye/x')).toBe('/bye/x');
  });

  it('keeps the name that numbers had at it', () => {
    const template = createPathTemplate();
    for (let i = 0; i < 40; i++) template(i % 2 === 0 ? `/users/${i}` : `/users/${word(i)}`);
    expect(template('/users/anna')).toBe('/users/:id');
  });

  it('is learned in several places of one path', () => {
    const names = tally(Array.from({ length: 5_000 }, (_, i) => `/of/${word(i)}/in/${word(i * 7)}`));
    expect(names.size).toBeLessThan(60);
    expect([...names.entries()].sort(([, a], [, b]) => b - a)[0]![0]).toBe('/of/:p/in/:p');
  });

  it('is none where few words come again and again', () => {
    const template = createPathTemplate();
    const resources = Array.from({ length: 30 }, (_, i) => `/api/${word(i)}`);
    for (const url of resources.slice(0, 15)) for (let i = 0; i < 3; i++) template(url);
    for (const url of resources.slice(15)) for (let i = 0; i < 3; i++) template(url);
    for (const url of resources) expect(template(url)).toBe(url);
  });

  it('takes the methods of a gRPC service for what they are', () => {
    const template = createPathTemplate();
    const methods = Array.from({ length: 40 }, (_, i) => `/shop.v1.Orders/Get${word(i)}`);
    for (const url of methods) expect(template(url)).toBe(url);
  });

  it('is learned while there is no room for another name', () => {
    const template = createPathTemplate(10);
    for (let i = 0; i < 12; i++) template(`/${'ab'[i % 2]}/${'cd'[(i >> 1) % 2]}/${'efg'[i % 3]}`);
    const given = Array.from({ length: 100 }, (_, i) => template(`/hello/${word(i)}`));
    expect(new Set(given)).toEqual(new Set(['unmatched']));
    const other = createPathTemplate(10);
    const names = Array.from({ length: 100 }, (_, i) => other(`/hello/${word(i)}`));
    expect(new Set(names.slice(0, 10)).size).toBe(10);
    expect(names.at(-1)).toBe('/hello/:p');
  });

  it('cannot cost names or memory without end', () => {
    const template = createPathTemplate();
    const names = new Set<string>();
    for (let i = 0; i < 50_000; i++) {
      const depth = 1 + (i % 9);
      names.add(template(`/${Array.from({ length: depth }, (_, at) => word(i * 31 + at * 17)).join('/')}`));
    }
    expect(names.size).toBeLessThanOrEqual(201);
  });
});
