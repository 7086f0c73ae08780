// A contract application as a program, in ES modules: `node server.mjs <stack>`. Prints its port.
import app from './app.cjs';
import stacks from './stacks.cjs';

const name = process.argv[2];
const { package: express5or4, major } = stacks.STACKS[name];
stacks.redirectRouter(name);
const { default: express } = await import(express5or4);
stacks.assertVersions(name);
const made = app.makeApp(express, major, app.makeRouters(express), { foreign: stacks.loadForeign(major) });
const server = made.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
