import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Access } from './api/access.ts';
import { createApi } from './api/api.ts';
import { type ApiContext, rangeOf } from './api/endpoint.ts';
import { replay } from './api/replay.ts';
import { Streams } from './api/stream.ts';
import { openBudgets, timeLimits } from './budgets/open.ts';
import { Reactions } from './budgets/react.ts';
import { type BudgetReport, report } from './budgets/report.ts';
import { BudgetWatch } from './budgets/watch.ts';
import { LiveError, listenError } from './errors.ts';
import { Forwarder } from './forward/forwarder.ts';
import type { FramingHandler } from './ingest/framing.ts';
import { Ingest } from './ingest/ingest.ts';
import { StreamListener } from './ingest/stream.ts';
import { UdpListener } from './ingest/udp.ts';
import { UnixDatagramListener } from './ingest/unix-datagram.ts';
import { type LiveOptions, settingsOf } from './options.ts';
import { BreachProfiles } from './profiles/on-breach.ts';
import { Profiles } from './profiles/profiles.ts';
import { BucketBounds } from './prometheus/bounds.ts';
import { recognisers } from './routes/recognisers.ts';
import { RouteTable } from './routes/table.ts';
import { Scrape } from './scrape/families.ts';
import { OWN_NAMES } from './scrape/own.ts';
import type { Stats } from './stats.ts';
import { payloadArrived } from './store/breathe.ts';
import { MemoryStore } from './store/memory/memory.ts';
import { PromqlStore } from './store/promql/promql.ts';
import { MetricUnits } from './units.ts';
import { Writer } from './write/writer.ts';

/** A running server. */
export interface LiveServer {
  /** Of the page and the API, such as `http://127.0.0.1:8127`. */
  readonly url: string;
  /** The same for a browser: with the token, where there is one. Not for logs. */
  readonly pageUrl: string;
  /** Where StatsD clients send to, such as `udp://127.0.0.1:8125`. */
  readonly udp: string;
  readonly statsdPort: number;
  /** The engine whose samples are shown, without user and password; undefined where they are this process's own. */
  readonly engine: string | undefined;
  readonly port: number;
  /** Where it writes to, without user and password; undefined where it does not. */
  readonly writesTo: string | undefined;
  stats(): Promise<Stats>;
  /**
   * Opens the way by which an application takes orders for profiles; resolves with what it is told, in
   * `ROUTEMETER_LIVE_ORDERS`. Undefined where no local socket can be had.
   */
  takeOrders(): Promise<string | undefined>;
  /** Holds everything kept so far against the budgets; rejects with `BAD_OPTION` without any. */
  checkBudgets(options?: { confidence?: number }): Promise<BudgetReport>;
  /** Resolves when everything that had arrived at the sockets was read. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** `dist/page`, beside the built file that this becomes part of. */
const PAGE_FOLDER = fileURLToPath(new URL('./page/', import.meta.url));
const TICK_MS = 250;
const FREE_PORT_ATTEMPTS = 10;
const UNREAD_MS = 15_000;
/** A header block, a request, an idle connection: no more than a browser needs. */
const HTTP_LIMITS = {
  // A metric's name of 10 kB takes up to 30 in a URL.
  maxHeaderSize: 36 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
};

/**
 * Starts a StatsD server with the page and the API.
 *
 * Rejects with a `LiveError`: `BAD_OPTION` for a value that makes no sense, `PORT_IN_USE` and
 * `CANNOT_LISTEN` for an address that cannot be had.
 *
 *     const live = await createLiveServer({ port: 0, statsdPort: 0 });
 *     console.log(live.url, live.udp);
 *     await live.close();
 */
export async function createLiveServer(options: LiveOptions = {}): Promise<LiveServer> {
  const settings = settingsOf(options);
  const { clock, host, statsdHost, token } = settings;
  const access = new Access(token);
  const budgets = settings.budgets === undefined ? undefined : await openBudgets(settings.budgets);
  const store = new MemoryStore({
    clock,
    retention: settings.retention,
    maxSeries: settings.maxSeries,
  });
  const engine =
    settings.store && new PromqlStore({ clock, retention: settings.retention, ...settings.store });
  const reader = engine ?? store;
  const { maxSeries, retention, rules } = settings;
  const ingest = new Ingest(store, { clock, maxSeries, retention, rules, onLine: settings.onLine });
  const forwarder = new Forwarder(settings.forward, warn);
  const units = new MetricUnits(settings.units);
  const limits = budgets === undefined ? [] : timeLimits(budgets);
  const bounds = new BucketBounds(units, settings.buckets, limits);
  const scrape = new Scrape({ store, bounds, units, taken: OWN_NAMES, maxSeries });
  store.onRetire = (total) => scrape.retire(total);
  const writer =
    settings.write &&
    new Writer(store, { ...settings.write, maxSeries, retention, clock, bounds, version: VERSION, warn });
  const streams = new Streams();
  const profiles = new Profiles(clock, settings.profileToken);
  const startedAt = clock();
  const closers: (() => Promise<void> | void)[] = [
    () => streams.close(),
    () => profiles.close(),
    () => forwarder.close(),
    () => engine?.close(),
    // The sockets close before it, so that nothing comes after what it writes last.
    () => writer?.close(),
  ];

  const handler = {
    payload(bytes: Uint8Array) {
      payloadArrived();
      ingest.payload(bytes);
      forwarder.send(bytes);
    },
    tooLong(beginning: Uint8Array) {
      ingest.tooLong(beginning);
      forwarder.tooLong();
    },
  };

  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };

  try {
    const { udp, tcp } = await openStatsd(statsdHost, settings.statsdPort, handler);
    closers.push(
      () => udp.close(),
      () => tcp.close(),
    );
    const listeners = [tcp];
    const { unix } = settings;
    if (unix !== undefined) {
      const listener = await StreamListener.open({ path: unix }, handler).catch((error) => {
        throw listenError(error, `Unix socket ${unix}`, '--unix');
      });
      listeners.push(listener);
      closers.push(() => listener.close());
    }
    const { unixDatagram } = settings;
    if (unixDatagram !== undefined) {
      const listener = await UnixDatagramListener.open(unixDatagram, handler.payload).catch((error) => {
        if (error instanceof LiveError) throw error;
        throw listenError(error, `Unix datagram socket ${unixDatagram}`, '--unix-datagram');
      });
      closers.push(() => listener.close());
    }

    const context: ApiContext = {
      store: reader,
      own: { store, ingest },
      routes: new RouteTable(reader, recognisers(settings.routes), units),
      units,
      profiles,
      scrape,
      clock,
      retention: settings.retention,
      config: () => ({
        version: VERSION,
        udp: udpUrl,
        http: url,
        ...(unix === undefined ? {} : { unix }),
        ...(unixDatagram === undefined ? {} : { unixDatagram }),
        ...(settings.command === undefined ? {} : { command: settings.command }),
        ...(engine === undefined ? {} : { engine: engine.state.url }),
        retention: settings.retention,
      }),
      stats: async () => ({
        ...ingest.counters,
        kernelDrops: (await udp.drops()) ?? null,
        receiveBuffer: udp.receiveBuffer,
        ...storeStats(store),
        streams: streams.size,
        ...(access.isClosed ? { denied: access.denied } : {}),
        evicted: listeners.reduce((sum, { evicted }) => sum + evicted, 0),
        rules: ingest.rules,
        unnamed: scrape.unnamed,
        forward: forwarder.stats(),
        ...(engine === undefined ? {} : { engine: engine.state }),
        ...(writer === undefined ? {} : { write: writer.stats() }),
        uptime: (clock() - startedAt) / 1000,
      }),
      reset:
        engine === undefined
          ? async () => {
              await store.reset();
              ingest.reset();
              scrape.reset();
            }
          : undefined,
    };
    if (budgets !== undefined) {
      const reactions = new Reactions({ command: settings.onBreach, webhook: settings.webhook, warn });
      const breaches = settings.profileOnBreach ? new BreachProfiles({ profiles, clock, warn }) : null;
      const watch = new BudgetWatch(budgets, {
        source: context,
        clock,
        rangeOf: (seconds) => rangeOf(context, seconds),
        onChange(change) {
          reactions.tell(change);
          breaches?.tell(change);
        },
      });
      context.budgets = watch;
      watch.start();
      closers.push(
        () => reactions.close(),
        () => watch.stop(),
      );
    }
    const { allowHost } = settings;
    const api = createApi(context, { host, allowHost, access, pageFolder: PAGE_FOLDER, streams });
    const http = createServer(HTTP_LIMITS, api);
    http.maxConnections = 512;
    if (settings.profileToken !== undefined) {
      http.on('upgrade', (req, socket: Socket, head) => {
        if (!profiles.upgrade(req, socket, head)) replay(http, req, socket, head);
      });
    }
    // A client that takes nothing of its answer for so long gets no more of it.
    http.timeout = UNREAD_MS;
    const port = await listen(http, host, settings.port);
    // Without a file descriptor left, a connection cannot be accepted: later ones can.
    http.on('error', () => {});
    closers.push(() => {
      const closed = closeHttp(http);
      // Their connections count as the server's, and would hold it.
      profiles.leave();
      return closed;
    });
    const timer = setInterval(() => {
      store.tick();
      writer?.tick();
    }, TICK_MS);
    closers.push(() => clearInterval(timer));
    const url = `http://${urlHost(host)}:${port}`;
    const udpUrl = `udp://${urlHost(statsdHost)}:${udp.port}`;
    const drain = () => udp.drain(() => ingest.counters.packets);
    return {
      url,
      pageUrl: token === undefined ? url : `${url}/?token=${encodeURIComponent(token)}`,
      udp: udpUrl,
      port,
      statsdPort: udp.port,
      engine: engine?.state.url,
      writesTo: writer?.url,
      stats: context.stats,
      // Without it the application runs and is measured all the same.
      takeOrders: () => profiles.open().catch(() => undefined),
      checkBudgets: async ({ confidence = 0.999 } = {}) => {
        if (budgets === undefined) throw new LiveError('BAD_OPTION', 'budgets: there are none; give a file');
        return report(context, budgets, rangeOf(context, settings.retention), confidence);
      },
      drain,
      async close() {
        // What was sent before should be written, and what is in the kernel was.
        if (writer !== undefined) await drain();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

function warn(text: string): void {
  process.stderr.write(`routemeter-live: ${text}\n`);
}

function storeStats(store: MemoryStore) {
  const { series, folded, bytes, maxBytes, openBytes } = store.stats();
  return { series, folded, storeBytes: bytes, storeMaxBytes: maxBytes, storeOpenBytes: openBytes };
}

/** UDP and TCP on one port. A free UDP port can be taken on TCP: then it is another one's turn. */
async function openStatsd(host: string, port: number, handler: FramingHandler) {
  for (let attempt = 1; ; attempt++) {
    const udp = await UdpListener.open(host, port, handler.payload).catch((error) => {
      throw listenError(error, `StatsD port ${port} on ${host}`, '--statsd-port');
    });
    try {
      return { udp, tcp: await StreamListener.open({ host, port: udp.port }, handler) };
    } catch (error) {
      await udp.close();
      if (port !== 0 || attempt === FREE_PORT_ATTEMPTS) {
        throw listenError(error, `StatsD port ${udp.port} (TCP) on ${host}`, '--statsd-port');
      }
    }
  }
}

async function listen(http: Server, host: string, port: number): Promise<number> {
  http.listen(port, host);
  await once(http, 'listening').catch((error) => {
    throw listenError(error, `port ${port} on ${host}`, '--port');
  });
  return (http.address() as AddressInfo).port;
}

async function closeHttp(http: Server): Promise<void> {
  const closed = once(http, 'close');
  http.close();
  http.closeAllConnections();
  await closed;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
