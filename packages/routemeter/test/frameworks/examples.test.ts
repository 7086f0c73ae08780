import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ContractCase } from '../../../testkit/src/contract/case.ts';
import { expressCases } from '../../../testkit/src/contract/express/cases.ts';
import { FASTIFY_CASES } from '../../../testkit/src/contract/fastify/cases.ts';
import { HONO_CASES } from '../../../testkit/src/contract/hono/cases.ts';
import { STACKS } from '../../../testkit/src/contract/koa/app.cjs';
import { koaCases } from '../../../testkit/src/contract/koa/cases.ts';

interface Example {
  id: string;
  method: string;
  path: string;
  route: string | null;
  status: number;
}

const file = new URL('../../../testkit/src/contract/examples.json', import.meta.url);
const { frameworks } = JSON.parse(readFileSync(file, 'utf8')) as { frameworks: Record<string, Example[]> };

const SUITES: Record<string, readonly ContractCase[]> = {
  express4: expressCases(4),
  express5: expressCases(5),
  fastify: FASTIFY_CASES,
  koa: koaCases(STACKS['koa 3, router 15']!.syntax),
  hono: HONO_CASES,
};

test.each(Object.keys(SUITES))('the contract of %s holds every example request', (name) => {
  const held = SUITES[name]!.map(({ method, path, route, status }) => ({ method, path, route, status }));
  const missing = frameworks[name]!.filter(
    ({ method, path, route, status }) =>
      !held.some(
        (one) => one.method === method && one.path === path && one.route === route && one.status === status,
      ),
  );
  expect(missing).toEqual([]);
});
