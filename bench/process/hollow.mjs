// A subject's app without a network, for `countRounds`: `hollow.mjs FRAMEWORK SUBJECT FOLDER PATH REQUESTS`.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Clients } from '../../packages/testkit/src/clients.cjs';
import { inRounds } from '../lib/steady.mjs';

const [framework, name, folder, path, requests] = process.argv.slice(2);
const here = createRequire(import.meta.url);
const load = folder === '' ? here : createRequire(join(folder, 'package.json'));
const { plug, timed = (_name, fn) => fn() } = await here('../http/subjects/list.cjs')
  .subjectOf(name)
  .start({ framework, load });
const server = await here(`../http/apps/${framework}.cjs`)({ plug, timed });
if (!server.listening) await once(server, 'listening');
const clients = new Clients(server, path);
await inRounds(() => clients.send(Number(requests)));
