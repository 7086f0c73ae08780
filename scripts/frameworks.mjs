// npm run test:frameworks: every framework that has no suite in npm test's short form, each on all Nodes that it
// runs on, built and started as its documentation says, with 10,000 ordinary and 10,000 hostile addresses; and 2000 operations of each
// server of GraphQL.
import { status } from './lib/process.mjs';
import { build, install } from './lib/setup.mjs';

await install();
process.exitCode =
  (await build()) ||
  (await status(
    'npx',
    [
      '--no-install',
      'vitest',
      'run',
      'packages/testkit/test/frameworks',
      'packages/routemeter/test/work/sources/graphql.test.ts',
      ...process.argv.slice(2),
    ],
    {
      env: { ...process.env, ROUTEMETER_FRAMEWORKS: 'full' },
    },
  ));
