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

  it('makes at most 100 templates, then unmatched, and keeps the known ones', () => {
    const template = createPathTemplate();
    const words = Array.from(
      { length: 500 },
      (_, i) =>
        `/${'abcdefghij'[i % 10]}x${'klmnopqrst'[Math.floor(i / 10) % 10]}y${'uvwzabcdef'[Math.floor(i / 100)]}`,
    );
    const seen = new Set(words.map((url) => template(url)));
    expect(seen.size).toBe(101);
    expect(seen.has('unmatched')).toBe(true);
    expect(template(words[0]!)).toBe(words[0]);
  });
});
