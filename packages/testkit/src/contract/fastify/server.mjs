// The contract application as a program, in ES modules: `node server.mjs <stack>`. Prints its port.
import app from './app.cjs';

const stack = process.argv[2];
const { default: fastify } = await import(app.STACKS[stack].package);
await app.serve(fastify, stack);
