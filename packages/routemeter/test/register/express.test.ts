import { expressCases } from '../../../testkit/src/contract/express/cases.ts';
import { STACKS } from '../../../testkit/src/contract/express/stacks.cjs';
import { contractByPreload } from './suite.ts';

await contractByPreload(
  'express',
  Object.entries(STACKS).map(([name, { major, express, router }]) => ({
    name,
    cases: expressCases(major),
    tells: [`express ${express}`, ...(router === null ? [] : [`router ${router}`])],
    isPresentOnly: router !== null && router !== '2.3.0',
  })),
);
