import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { BudgetsSchema } from '../../../routemeter/src/budgets/format.ts';
import { parseBudgets } from '../../../routemeter/src/budgets/index.ts';
import { ROOT } from '../../src/pack.ts';

const schema = {
  title: 'Routemeter budgets',
  ...toJsonSchema(BudgetsSchema, { typeMode: 'input', target: 'draft-07' }),
};

describe('the published JSON schema', () => {
  test('is the one that files are checked with', async () => {
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
      join(ROOT, 'packages/routemeter/schema/budgets.schema.json'),
    );
  });

  test('takes and refuses what the library takes and refuses', () => {
    const isValid = new Ajv({ strict: false }).compile(schema as object);
    const route = (budget: object) => ({ routes: { 'GET /a': budget } });
    const good = [
      route({ wall: { p95: 1.5 }, cpu: { p50: '20us' }, errors: '0.5%' }),
      { $schema: './s.json', window: '5m', severity: 'critical', ...route({ errors: 0, minRequests: 1 }) },
      route({ calls: 2.5, wait: '3ms', upstreams: { 'redis *': { calls: 0, wait: 1, errors: '1%' } } }),
      { upstreams: { 'redis *': { errors: 0, severity: 'critical' } } },
      { routes: { '/a': { blocks: { feed: { wall: { p99: '1 s' } } } } }, blocks: { 'db.*': { errors: 1 } } },
    ];
    const bad = [
      route({ wall: { p96: 1 } }),
      route({ wall: { p95: '1 sec' } }),
      route({ errors: 2 }),
      route({ errors: '1' }),
      route({ minRequests: 0, errors: 0 }),
      { ...route({ errors: 0 }), window: '5' },
      { ...route({ errors: 0 }), severity: 'bad' },
      { blocks: { a: { blocks: {} } } },
      { blocks: { a: { calls: 1 } } },
      { upstreams: { a: { calls: 1 } } },
      route({ calls: -1 }),
      route({ wait: '1%' }),
      { paths: {} },
    ];
    for (const one of good) {
      expect(isValid(one), JSON.stringify(one)).toBe(true);
      parseBudgets(one);
    }
    for (const one of bad) {
      expect(isValid(one), JSON.stringify(one)).toBe(false);
      expect(() => parseBudgets(one)).toThrow();
    }
  });
});
