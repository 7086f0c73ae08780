import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { isWhole } from '../../../testkit/src/breadth.ts';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import {
  startVictoriaMetrics,
  VICTORIA_PROGRAMS,
  type VictoriaMetrics,
} from '../../../testkit/src/servers/victoria-metrics.ts';
import type { LiveOptions } from '../../src/options.ts';
import type { createLiveServer, LiveServer } from '../../src/server.ts';
import { build } from '../cli/built.ts';

const CHROMIUM = '/usr/bin/chromium';
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const isCI = /^(1|true)$/i.test(process.env.CI ?? '');
const missing = !existsSync(CHROMIUM);
if (missing && !isCI)
  console.warn(`The page is not tested: ${CHROMIUM} is missing (apt-get install chromium)`);

/** A suite in a real browser: skipped where there is none, but never by a machine that gates changes. */
export const inBrowser = missing && !isCI ? describe.skip : describe;

const missingEngine = await debianPrograms(VICTORIA_PROGRAMS);

export type StartServer = (options?: LiveOptions) => Promise<LiveServer>;

/**
 * The same suite twice: on a server that shows what came to it, and on one that shows what it wrote to an
 * engine. Ticks are a second there, so that nothing takes ten.
 */
export function onBothStores(
  name: string,
  suite: (startServer: StartServer, isFleet: boolean) => void,
): void {
  inBrowser(name, () => suite(startServer, false));
  overEngine(name, suite);
}

/** For what takes long over an engine, where the views of other suites are seen over one. */
export function onMemoryFirst(
  name: string,
  suite: (startServer: StartServer, isFleet: boolean) => void,
): void {
  inBrowser(name, () => suite(startServer, false));
  if (isWhole) overEngine(name, suite);
}

function overEngine(name: string, suite: (startServer: StartServer, isFleet: boolean) => void): void {
  const run = missingEngine === null ? inBrowser : describe.skip;
  run(`${name}, over an engine${missingEngine === null ? '' : `: ${missingEngine}`}`, () => {
    let engine: VictoriaMetrics;
    beforeAll(async () => {
      engine = await startVictoriaMetrics();
    });
    afterAll(() => engine?.stop());
    let servers = 0;
    suite((options) => {
      const own = { case: `server${servers++}` };
      return startServer({
        write: engine.url,
        writeLabels: own,
        writeTuning: { tickMs: 1000, refreshMs: 10_000 },
        store: engine.url,
        storeTuning: { slotMs: 1000, lagMs: 1500, where: own },
        ...options,
      });
    }, true);
  });
}

/** Test files run side by side: one builds, the other waits for it. */
function alone(action: () => void): void {
  const lock = join(tmpdir(), 'routemeter-page-build.lock');
  const holding = () => {
    try {
      mkdirSync(lock);
      return true;
    } catch {
      // Whoever held it for so long was killed.
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 300_000)
        rmSync(lock, { recursive: true, force: true });
      return false;
    }
  };
  while (!holding()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  try {
    action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Builds server and page if they are older than their sources: the browser gets what is shipped. */
export const buildAll = (): void => alone(buildStale);

function buildStale(): void {
  build();
  const source = join(PACKAGE, 'src/page');
  const newest = Math.max(
    ...readdirSync(source, { recursive: true, encoding: 'utf8' }).map(
      (file) => statSync(join(source, file)).mtimeMs,
    ),
  );
  const built = join(PACKAGE, 'dist/page/index.html');
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return;
  execFileSync('npx', ['vite', 'build', 'src/page', '--logLevel', 'error'], {
    cwd: PACKAGE,
    stdio: 'inherit',
  });
}

export async function startServer(options: LiveOptions = {}): Promise<LiveServer> {
  const module = (await import(pathToFileURL(join(PACKAGE, 'dist/index.mjs')).href)) as {
    createLiveServer: typeof createLiveServer;
  };
  return module.createLiveServer({ port: 0, statsdPort: 0, ...options });
}

export interface Opened {
  page: Page;
  /** What the browser complained of: errors, refused content, uncaught exceptions. */
  complaints: string[];
}

interface BrowserOptions {
  args?: string[];
  ignoreHTTPSErrors?: boolean;
  /** As a telephone has it; nothing hovers then. */
  hasTouch?: boolean;
  isMobile?: boolean;
}

/** A browser with a profile of its own, gone afterwards. */
export class Browser {
  readonly #options: BrowserOptions;
  readonly #profile = mkdtempSync(join(tmpdir(), 'routemeter-page-'));
  #context: BrowserContext | undefined;

  constructor(options: BrowserOptions = {}) {
    this.#options = options;
  }

  async open(url: string, { width = 1280, dark = false } = {}): Promise<Opened> {
    this.#context ??= await chromium.launchPersistentContext(this.#profile, {
      executablePath: CHROMIUM,
      headless: true,
      ...this.#options,
      args: [...FLAGS, ...(this.#options.args ?? [])],
    });
    const page = await this.#context.newPage();
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.setDefaultTimeout(60_000);
    await page.goto(url);
    return { page, complaints };
  }

  async close(): Promise<void> {
    await this.#context?.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/**
 * Hooks of a suite whose tests open pages, each of a server of its own that has `payloads` coming in. A page that
 * complains fails its test.
 */
export function pagesWith(
  startServer: StartServer,
  payloads: () => string[],
): (path: string, options?: Parameters<Browser['open']>[1]) => Promise<Page> {
  const browser = new Browser();
  const ends: (() => unknown)[] = [];
  beforeAll(buildAll);
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => browser.close());
  return async (path, options) => {
    const live = await startServer();
    ends.push(() => live.close());
    ends.push(traffic(live.statsdPort, payloads, 100));
    const { page, complaints } = await browser.open(live.url + path, options);
    ends.push(() => page.close());
    ends.push(() => expect(complaints).toEqual([]));
    return page;
  };
}

/** Sends datagrams now, and again several times a second until it is stopped. */
export function traffic(port: number, payloads: () => string[], everyMs = 200): () => void {
  const socket = createSocket('udp4');
  const send = () => {
    for (const payload of payloads()) socket.send(payload, port, '127.0.0.1');
  };
  send();
  const timer = setInterval(send, everyMs);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

export interface Request {
  route: string;
  method?: string;
  status?: number;
  /** cpu, stalled, loop busy, idle. */
  split?: [number, number, number, number];
  service?: string;
}

/** The lines that one request sends. */
export function request({
  route,
  method = 'GET',
  status = 200,
  split = [2, 0, 1, 7],
  service = 'shop',
}: Request): string {
  const [cpu, stalled, busy, idle] = split;
  const tags = `#http_route:${route},http_method:${method}`;
  const name = `${service}.http.server.request`;
  return [
    `${name}:${cpu + stalled + busy + idle}|d|${tags},http_status_code:${status}`,
    `${name}.cpu:${cpu}|d|${tags}`,
    `${name}.stalled:${stalled}|d|${tags}`,
    `${name}.loop_busy:${busy}|d|${tags}`,
  ].join('\n');
}

export const rowNames = (page: Page) => page.locator('.routes tbody .path').allTextContents();
