// The contract applications as a program: `node server.mjs <stack> <platform> [<library>]`. With a
// library its module measures them. ES modules are imported, CommonJS is required, as the version has
// it. Prints their ports, by name.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import app from './app.cjs';

const [folder, platform, library] = process.argv.slice(2);
// As if the program stood where its packages are.
process.argv[1] = join(folder, 'server.mjs');
const stack = createRequire(join(folder, 'package.json'));
const { type, version } = stack('@nestjs/core/package.json');
const load = (name) =>
  type === 'module' ? import(pathToFileURL(stack.resolve(name)).href) : Promise.resolve(stack(name));

stack('reflect-metadata');
const [common, core, rxjs, adapters] = [
  await load('@nestjs/common'),
  await load('@nestjs/core'),
  stack('rxjs'),
  await load(`@nestjs/platform-${platform}`),
];
const Adapter = platform === 'express' ? adapters.ExpressAdapter : adapters.FastifyAdapter;
let imports = [];
if (library !== undefined) {
  const { RoutemeterModule } =
    type === 'module' ? await import(pathToFileURL(library).href) : stack(library.replace(/\.mjs$/, '.cjs'));
  imports = [RoutemeterModule.forRoot()];
}
const loaded = { common, core, rxjs, platform, adapter: () => new Adapter() };
const ports = {};
const running = [];
for (const [name, make] of Object.entries(app.MAKERS)) {
  const made = await make(loaded, imports);
  await made.listen(0, '127.0.0.1');
  const server = made.getHttpServer();
  // Server-sent events keep their connection, whatever the client asks for.
  server.keepAliveTimeout = 50;
  ports[name] = server.address().port;
  running.push(made);
}
console.log(`nest ${version}`);
console.log(`ports ${JSON.stringify(ports)}`);
console.log(`port ${ports.plain}`);
process.on('SIGTERM', async () => {
  for (const made of running) {
    made.getHttpServer().closeAllConnections();
    await made.close();
  }
  process.exit(0);
});
