import { VERSION } from '../../../testkit/src/contract/hono/app.cjs';
import { HONO_CASES } from '../../../testkit/src/contract/hono/cases.ts';
import { contractByPreload } from './suite.ts';

// What applications import of Hono are ES modules, which nobody can get hold of without slowing all
// module loading down: there the middleware is needed.
await contractByPreload('hono', [{ name: 'hono 4', cases: HONO_CASES, tells: [`hono ${VERSION}`] }], ['cjs']);
