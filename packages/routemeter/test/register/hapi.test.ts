import { VERSION } from '../../../testkit/src/contract/hapi/app.cjs';
import { HAPI_CASES } from '../../../testkit/src/contract/hapi/cases.ts';
import { contractByPreload } from './suite.ts';

await contractByPreload('hapi', [{ name: 'hapi 21', cases: HAPI_CASES, tells: [`@hapi/hapi ${VERSION}`] }]);
