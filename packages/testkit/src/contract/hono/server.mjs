// The contract application as a program, in ES modules. Prints its port.
import app from './app.cjs';

const { modules, nodeServer } = await app.imported();
app.serve(modules, nodeServer);
