// The contract application as a program, in ES modules: `node server.mjs <stack>`. Prints its port.
import app from './app.cjs';

const stack = process.argv[2];
const { default: Koa } = await import(app.STACKS[stack].koa);
const { default: Router } = await import(app.STACKS[stack].router);
app.serve(Koa, Router, stack);
