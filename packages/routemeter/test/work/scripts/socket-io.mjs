// The same of an application that is ES modules.
import * as socketio from 'socket.io';
import * as client from 'socket.io-client';
import { run } from './socket-io.cjs';

await run(socketio, client);
