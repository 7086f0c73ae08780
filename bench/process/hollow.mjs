// A subject's app without a network, for `countRounds`: `hollow.mjs FRAMEWORK SUBJECT FOLDER PATH REQUESTS ROUTES`.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Clients } from '../../packages/testkit/src/clients.cjs';
import { inRounds } from '../lib/steady.mjs';

const [framework, name, folder, path, requests, routes] = process.argv.slice(2);
const here = createRequire(import.meta.url);
const load = folder === '' ? here : createRequire(join(folder, 'package.json'));
const { plug, timed = (_name, fn) => fn() } = await here('../http/subjects/list.cjs')
  .subjectOf(name)
  .start({ framework, load });
const server = await here(`../http/apps/${framework}.cjs`)({ plug, timed, routes: Number(routes) });
if (!server.listening) await once(server, 'listening');
const paths = Array.from({ length: Number(routes) }, (_, i) => `/resource${i}/42`);
const clients = new Clients(server, paths.length === 0 ? path : paths);
await inRounds(() => clients.send(Number(requests)));
