// The same of an application that is ES modules.
import * as trpc from '@trpc/server';
import * as standalone from '@trpc/server/adapters/standalone';
import { run } from './trpc.cjs';

await run(trpc, standalone);
