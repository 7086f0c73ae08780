import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from './case.ts';
import { units } from './promises.ts';
import { OUTSIDE, type Rig } from './rig.ts';

/** An upstream in the same process, whose own work belongs to no request. */
async function upstream(rig: Rig): Promise<{ port: number; server: http.Server }> {
  const server = http.createServer((_req, res) => {
    rig.burn(OUTSIDE, 0.5);
    res.write('one');
    setTimeout(() => {
      rig.burn(OUTSIDE, 0.25);
      res.end('two');
    }, 2);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}

function close(server: http.Server): void {
  server.closeAllConnections();
  server.close();
}

const PARSE_MS = 2;

export const sockets: Case[] = [
  {
    name: 'shared-socket-lazily-opened-by-one-request (documented: the opener pays for parsing)',
    documented: 'reading from a shared socket is charged to the request that opened it',
    async run(rig) {
      const backend = net.createServer((socket) => socket.on('data', (data) => socket.write(data)));
      backend.listen(0, '127.0.0.1');
      await once(backend, 'listening');
      const { port } = backend.address() as AddressInfo;
      let socket: Socket | null = null;
      const waiting = new Map<string, () => void>();
      const ask = (name: string) => {
        if (socket === null) {
          socket = net.connect(port, '127.0.0.1');
          socket.on('data', (data) => {
            for (const id of String(data)) {
              rig.burn(id, PARSE_MS);
              waiting.get(id)?.();
            }
          });
        }
        const answered = new Promise<void>((resolve) => waiting.set(name, resolve));
        socket.write(name);
        return answered;
      };
      rig.handler = async (_req, res, me) => {
        await ask(me.name);
        me.burn(units(me.name));
        if (me.name === 'a') await sleep(20);
        res.end();
      };
      const first = rig.get('a');
      while (!rig.seen.has('a')) await sleep(0);
      await Promise.all([first, rig.get('b'), rig.get('c')]);
      await rig.settled('a', 'b', 'c');
      (socket as Socket | null)?.destroy();
      backend.close();
      return undefined;
    },
    wrong: (truth) => ({
      ...truth,
      a: (truth.a as number) + 2 * PARSE_MS,
      b: (truth.b as number) - PARSE_MS,
      c: (truth.c as number) - PARSE_MS,
    }),
  },
  {
    name: 'outgoing-http-one-keep-alive-socket',
    async run(rig) {
      const { port, server } = await upstream(rig);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      rig.handler = (_req, res, me) => {
        http.get({ host: '127.0.0.1', port, agent }, (answer) => {
          me.burn(units(me.name));
          answer.on('data', () => me.burn(1));
          answer.on('end', () => {
            me.burn(2);
            res.end();
          });
        });
      };
      await rig.all('a', 'b', 'c', 'd');
      agent.destroy();
      close(server);
      return undefined;
    },
  },
  {
    name: 'outgoing-fetch',
    async run(rig) {
      const { port, server } = await upstream(rig);
      rig.handler = async (_req, res, me) => {
        const answer = await fetch(`http://127.0.0.1:${port}/`);
        me.burn(units(me.name));
        await answer.text();
        me.burn(1);
        res.end();
      };
      await rig.all('a', 'b', 'c', 'd');
      await rig.all('e', 'f');
      close(server);
      return undefined;
    },
  },
  {
    name: 'keep-alive-sequential',
    async run(rig) {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        await sleep(1);
        me.burn(units(me.name));
        res.end();
      };
      for (const name of ['a', 'b', 'c', 'd']) await rig.get(name, { agent });
      await rig.settled('a', 'b', 'c', 'd');
      agent.destroy();
      return undefined;
    },
  },
  {
    name: 'pipelined-four-in-one-packet',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        // The later ones are ready first and wait for their turn on the connection.
        await sleep(12 - 3 * ' abcd'.indexOf(me.name));
        me.burn(units(me.name));
        res.end(me.name);
        me.burn(0.5);
      };
      const socket = rig.socket();
      const names = ['a', 'b', 'c', 'd'];
      socket.write(names.map((name) => `GET /${name} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
      socket.resume();
      await rig.settled(...names);
      socket.destroy();
      return undefined;
    },
  },
];
