// An app of many routes over real upstreams, under the preload or with the library of its own. Its
// arguments: the ports as JSON, and `explicit` or `preload`. Plain code of a process of its own, as every
// supported Node runs it.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { engine } from '../../../src/attribution/engine.ts';
import type { Work } from '../../../src/attribution/work.ts';
import type { UnitCalls } from '../../../src/calls/unit.ts';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { createMeter, type Meter } from '../../../src/index.ts';
import type { Ports } from '../peers.ts';
import { type Client, FAN, LIBRARIES, MANY, SIZES, SLEEP_MS } from './clients.ts';

const ports = JSON.parse(process.argv[2]!) as Ports;
const isExplicit = process.argv[3] === 'explicit';
const origin = `http://127.0.0.1:${ports.http}`;

/** What each route's sleeping call took by the server's clock and by the caller's. */
const slept: Record<string, Array<{ server: number; caller: number }>> = {};
/** The units of work of each route, which are looked at when they are over. */
const units: Record<string, Work[]> = {};

const fetched = async (path: string) => (await fetch(origin + path)).text();

function got(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get(origin + path, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    });
    request.on('error', reject);
  });
}

async function sleeping(route: string, sleep: () => Promise<number>): Promise<void> {
  const began = performance.now();
  const server = await sleep();
  slept[route] ??= [];
  slept[route].push({ server, caller: performance.now() - began });
}

const times = async (count: number, ask: () => Promise<unknown>) => {
  for (let i = 0; i < count; i++) await ask();
};

const routes: Record<string, () => unknown> = {};
const closing: Client[] = [];
const loaded = Object.entries(LIBRARIES).map(async ([name, library]) => {
  const module = (await import(library.package)) as never;
  if (isExplicit) upstreams(module);
  return [name, library, module] as const;
});
const libraries = await Promise.all(loaded);
// Node 20 has none.
const sqlite = await import('node:sqlite').catch(() => null);
if (isExplicit && sqlite !== null) upstreams(sqlite);
const items = sqlite === null ? null : new sqlite.DatabaseSync(':memory:');
items?.exec('create table items (id integer primary key, name text)');

const meter: Meter | null = isExplicit ? createMeter() : null;
for (const [size, connections] of Object.entries(SIZES)) {
  const all: Client[] = [];
  for (const [name, library, module] of libraries) {
    const client = await library.open(module, ports, connections);
    all.push(client);
    const at = `/${size}/${name}`;
    routes[`${at}/three`] = async () => {
      await times(3, client.ask);
      await fetched('/');
    };
    routes[`${at}/many`] = () => times(MANY, client.ask);
    routes[`${at}/parallel`] = () => Promise.all(Array.from({ length: FAN }, client.ask));
    routes[`${at}/sleep`] = () => sleeping(`${at}/sleep`, () => client.sleep(SLEEP_MS));
  }
  closing.push(...all);
  routes[`/${size}/fan`] = () => Promise.all(Array.from({ length: FAN }, () => fetched('/')));
  routes[`/${size}/get`] = () => times(2, () => got('/'));
  routes[`/${size}/slow`] = () =>
    sleeping(`/${size}/slow`, async () => Number(await fetched(`/?ms=${SLEEP_MS}`)));
  routes[`/${size}/all`] = () => Promise.all([...all.map((client) => client.ask()), got('/'), fetched('/')]);
  routes[`/${size}/none`] = () => new Promise((resolve) => setTimeout(resolve, 1));
  routes[`/${size}/file`] = async () => {
    for (let i = 0; i < MANY; i++) items?.prepare('select name from items where id = ?').get(i);
    await fetched('/');
  };
}

/** Sums over the units of a route, of those whose every idle moment is known. */
function books(): Record<string, { idle: number; alone: number; exact: boolean }> {
  return Object.fromEntries(
    Object.entries(units).map(([route, works]) => [
      route,
      {
        idle: works.reduce((sum, { idle }) => sum + idle, 0),
        alone: works.reduce((sum, { idle, waits }) => sum + ((waits as UnitCalls | null)?.alone ?? idle), 0),
        exact: works.every(({ exact, ended }) => exact && ended),
      },
    ]),
  );
}

const server = http.createServer(async (request, response) => {
  const route = request.url!;
  if (route === '/books') {
    response.end(JSON.stringify({ slept, books: books(), hasSqlite: sqlite !== null }));
    return;
  }
  const unit = engine().current();
  if (unit !== null) (units[route] ??= []).push(unit.root);
  try {
    await routes[route]!();
    response.end('done');
  } catch (error) {
    response.statusCode = 500;
    response.end(String((error as Error).stack));
  }
});
if (meter !== null) httpMeter(server, { meter, route: (request) => request.url! });
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify(Object.keys(routes))}\n`);
  process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all(closing.map((client) => client.close()));
  await meter?.close();
  process.exit();
});
