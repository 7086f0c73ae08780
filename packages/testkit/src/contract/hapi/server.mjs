// The contract application as a program, in ES modules. Prints its port.
import { server as make } from '@hapi/hapi';
import app from './app.cjs';

const { boom } = app.loadHapi();
const server = await app.makeApp({ server: make }, boom);
await server.start();
console.log(`port ${server.info.port}`);
process.on('SIGTERM', () => process.exit(0));
