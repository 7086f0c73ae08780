import { STACKS } from '../../../testkit/src/contract/koa/app.cjs';
import { koaCases } from '../../../testkit/src/contract/koa/cases.ts';
import { contractByPreload } from './suite.ts';

await contractByPreload(
  'koa',
  Object.entries(STACKS).map(([name, { version, syntax }]) => ({
    name,
    cases: koaCases(syntax),
    tells: [`koa ${version}`],
  })),
);
