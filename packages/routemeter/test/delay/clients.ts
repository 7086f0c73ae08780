import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLS_CLIENT } from './scripts/tls.ts';

/** Clients whose connections are kept, and open from the first `warm` on. */
export class Clients {
  private readonly port: number;
  private readonly agent: http.Agent;
  private readonly get: typeof http.get;

  constructor(port: number, secure = false) {
    this.port = port;
    this.get = secure ? (https.get as typeof http.get) : http.get;
    this.agent = secure
      ? new https.Agent({ keepAlive: true, ...TLS_CLIENT })
      : new http.Agent({ keepAlive: true });
  }

  ask(path: string): Promise<number> {
    const from = performance.now();
    return new Promise((resolve, reject) => {
      this.get({ host: '127.0.0.1', port: this.port, path, agent: this.agent }, (response) => {
        response.resume().on('end', () => resolve(performance.now() - from));
      }).on('error', reject);
    });
  }

  warm(connections: number): Promise<unknown> {
    return Promise.all(Array.from({ length: connections }, () => this.ask('/wait')));
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Sends cheap requests while a burner holds the loop, again and again. Returns what their clients waited. */
export async function besideBurner(clients: Pick<Clients, 'ask'>, rounds: number): Promise<number[]> {
  const waits: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const burner = clients.ask('/burn/60');
    const cheap: Promise<number>[] = [];
    for (let at = 0; at < 5; at++) {
      await sleep(10);
      cheap.push(clients.ask('/hello'));
    }
    await burner;
    waits.push(...(await Promise.all(cheap)));
  }
  return waits;
}

/** A request with a connection of its own. Returns what its client waited. */
export async function askAlone(port: number, path: string, secure = false): Promise<number> {
  const clients = new Clients(port, secure);
  const ms = await clients.ask(path);
  clients.close();
  return ms;
}
