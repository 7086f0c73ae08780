// The same of an application that is ES modules.
import { run } from './graphql.cjs';

await run((name) => import(name), process.argv.slice(2));
