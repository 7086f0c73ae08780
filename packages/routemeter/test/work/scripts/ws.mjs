// The same of an application that is ES modules.
import * as ws from 'ws';
import { run } from './ws.cjs';

await run(ws);
