import { VERSION } from '../../../testkit/src/contract/hono/app.cjs';
import { HONO_CASES } from '../../../testkit/src/contract/hono/cases.ts';
import { isPossible } from '../../src/register/es-modules.ts';
import { contractByPreload } from './suite.ts';

// Programs in ES modules import ES modules of Hono, which the preload reaches on newer Nodes only.
await contractByPreload(
  'hono',
  [{ name: 'hono 4', cases: HONO_CASES, tells: [`hono ${VERSION}`] }],
  (format, version) => format === 'cjs' || isPossible(version),
);
