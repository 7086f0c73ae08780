// The example and its traffic in one command, for a container: node with-traffic.js
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { server } from './server.js';

if (!server.listening) await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
const main = fileURLToPath(new URL('./traffic/main.js', import.meta.url));
// A process of its own: what it costs is not to be seen in the example.
const traffic = spawn(process.execPath, [main, url], { stdio: ['ignore', 'ignore', 'inherit'] });
server.on('close', () => traffic.kill());
