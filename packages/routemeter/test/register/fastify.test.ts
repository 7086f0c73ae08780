import { STACKS } from '../../../testkit/src/contract/fastify/app.cjs';
import { FASTIFY_CASES } from '../../../testkit/src/contract/fastify/cases.ts';
import { contractByPreload } from './suite.ts';

await contractByPreload(
  'fastify',
  Object.entries(STACKS).map(([name, { version }]) => ({
    name,
    cases: FASTIFY_CASES,
    tells: [`fastify ${version}`],
  })),
);
