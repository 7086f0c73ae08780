import { describe, expect, it } from 'vitest';
import { Distinct } from '../../src/outputs/dialects/distinct.ts';
import { DogStatsD } from '../../src/outputs/index.ts';

const form = (wire: string, exact: boolean) => ({
  wire,
  exact,
  most: 50,
  stored: (text: string) => text.toLowerCase(),
});

describe('texts kept apart', () => {
  it('stay what they are, and are the same each time', () => {
    const distinct = new Distinct();
    expect(distinct.of('s', 'Users', form('Users', false))).toBe('Users');
    const marked = distinct.of('s', 'users', form('users', true));
    expect(marked).toMatch(/^users-[0-9a-f]{8}$/);
    for (let i = 0; i < 3; i++) {
      expect(distinct.of('s', 'Users', form('Users', false))).toBe('Users');
      expect(distinct.of('s', 'users', form('users', true))).toBe(marked);
    }
    expect(distinct.of('other', 'users', form('users', true))).toBe('users');
    // Even one that looks like the mark of another.
    expect(distinct.of('s', marked, form(marked, true))).not.toBe(marked);
  });

  it('have a bound, past which what loses information carries a hash at once', () => {
    const distinct = new Distinct();
    for (let i = 0; i < 4096; i++) distinct.of('s', `v${i}`, form(`v${i}`, true));
    expect(distinct.of('s', 'Late', form('Late', false))).toMatch(/^Late-[0-9a-f]{8}$/);
    expect(distinct.of('s', 'late', form('late', true))).toBe('late');
    expect(distinct.of('s', 'V1', form('V1', false))).toMatch(/^V1-[0-9a-f]{8}$/);
    for (let space = 0; space < 20; space++) {
      for (let i = 0; i < 1000; i++) distinct.of(`s${space}`, `v${i}`, form(`v${i}`, true));
    }
    const held = [...(distinct as unknown as { spaces: Map<string, Map<string, string>> }).spaces.values()];
    expect(held.reduce((sum, claims) => sum + claims.size, 0)).toBe(16_384);
  });

  it('are not marked for a server that stores what it is sent', () => {
    const values = ['/Users', '/users', '/a/:b', '/a/:b?', '/a,b', '/a_b'];
    const dialect = new DogStatsD({}, { asSent: true });
    const tails = values.map((value) =>
      String(dialect.frame('m', [{ key: 'r', value, origin: 'user' }], 'count', 1).tail),
    );
    expect(tails.slice(0, 5)).toEqual([
      '|c|#r:/Users',
      '|c|#r:/users',
      '|c|#r:/a/:b',
      '|c|#r:/a/:b?',
      '|c|#r:/a_b',
    ]);
    expect(tails[5]).toMatch(/\/a_b-[0-9a-f]{8}$/);
  });
});
