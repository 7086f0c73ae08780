import { execFile } from 'node:child_process';
import { pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { createReadStream, readFile } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { gzip } from 'node:zlib';
import type { Case } from './case.ts';
import { units } from './promises.ts';

const FILE = fileURLToPath(import.meta.url);
const ECHO = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ id, port }) => (port ?? parentPort).postMessage({ id }));
`;

export const io: Case[] = [
  {
    name: 'fs-callback-and-read-stream',
    async run(rig) {
      rig.handler = (_req, res, me) => {
        readFile(FILE, () => {
          me.burn(units(me.name));
          const stream = createReadStream(FILE, { highWaterMark: 4096 });
          stream.on('data', () => me.burn(0.5));
          stream.on('close', async () => {
            me.burn(1);
            await stat(FILE);
            me.burn(units(me.name));
            res.end();
          });
        });
      };
      await rig.all('a', 'b', 'c', 'd');
      return undefined;
    },
  },
  {
    name: 'crypto-threadpool-callback',
    async run(rig) {
      rig.handler = (_req, res, me) => {
        pbkdf2('secret', 'salt', 1000, 32, 'sha256', () => {
          me.burn(units(me.name));
          randomBytes(16, () => {
            me.burn(1);
            scrypt('secret', 'salt', 16, { N: 16 }, () => {
              me.burn(2);
              gzip('text', () => {
                me.burn(3);
                res.end();
              });
            });
          });
        });
      };
      await rig.all('a', 'b', 'c', 'd', 'e');
      return undefined;
    },
  },
  {
    name: 'worker-message-round-trip',
    async run(rig) {
      const worker = new Worker(ECHO, { eval: true });
      const waiting = new Map<string, () => void>();
      worker.on('message', ({ id }: { id: string }) => waiting.get(id)?.());
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        await new Promise<void>((resolve) => {
          waiting.set(me.name, resolve);
          worker.postMessage({ id: me.name });
        });
        me.burn(units(me.name));
        const { port1, port2 } = new MessageChannel();
        port1.on('message', () => {
          me.burn(2);
          port1.close();
          res.end();
        });
        worker.postMessage({ id: me.name, port: port2 as MessagePort }, [port2]);
      };
      await rig.all('a', 'b', 'c');
      await worker.terminate();
      return undefined;
    },
  },
  {
    name: 'own-emitter-emitted-later',
    async run(rig) {
      rig.handler = (_req, res, me) => {
        const emitter = new EventEmitter();
        emitter.on('step', () => me.burn(units(me.name)));
        emitter.once('done', () => {
          me.burn(1);
          res.end();
        });
        setTimeout(() => emitter.emit('step'), 1);
        setTimeout(() => emitter.emit('step') && emitter.emit('done'), 3);
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: 'iterated streams and events',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        for await (const ms of Readable.from([1, 2, 3])) me.burn(ms as number);
        const emitter = new EventEmitter();
        setTimeout(() => emitter.emit('tick'), 1);
        for await (const _event of on(emitter, 'tick')) break;
        me.burn(units(me.name));
        const web = new ReadableStream({
          pull(controller) {
            me.burn(1);
            controller.enqueue(1);
            controller.close();
          },
        });
        for await (const ms of web) me.burn(ms as number);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: 'a child process',
    async run(rig) {
      rig.handler = (_req, res, me) => {
        execFile(process.execPath, ['-p', '1'], () => {
          me.burn(units(me.name));
          res.end();
        });
      };
      await rig.all('a', 'b');
      return undefined;
    },
  },
];
