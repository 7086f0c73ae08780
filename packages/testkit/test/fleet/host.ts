import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { collect, type Live, startLive, stop } from '../../src/live.ts';
import { ROOT } from '../../src/pack.ts';
import { freePort } from '../../src/servers/program.ts';
import { type StatsdServer, startStatsd } from '../../src/statsd.ts';

const APP = join(ROOT, 'packages/testkit/test/fixtures/fleet-app.mjs');
const REQUEST = 'http.server.request';

/** A host of the fleet: an app, its collector, and a witness that is sent all that the collector is sent. */
export class Host {
  readonly name: string;
  readonly #engine: string;
  readonly #launcher: readonly string[];
  readonly #statsdPort: number;
  readonly #witness: StatsdServer;
  #collector: Live | undefined;
  #app: ChildProcess | undefined;
  #url = '';

  static async start(name: string, engine: string, launcher: readonly string[] = []): Promise<Host> {
    const host = new Host(name, engine, launcher, await freePort(), await startStatsd());
    await host.startCollector();
    await host.#startApp();
    return host;
  }

  private constructor(
    name: string,
    engine: string,
    launcher: readonly string[],
    statsdPort: number,
    witness: StatsdServer,
  ) {
    this.name = name;
    this.#engine = engine;
    this.#launcher = launcher;
    this.#statsdPort = statsdPort;
    this.#witness = witness;
  }

  async startCollector(): Promise<void> {
    const flags = ['--write', this.#engine, '--write-labels', `host:${this.name}`];
    this.#collector = await startLive(flags, { statsdPort: this.#statsdPort, launcher: this.#launcher });
  }

  get collector(): Live {
    return this.#collector!;
  }

  async #startApp(): Promise<void> {
    this.#app = spawn(process.execPath, ['--import', 'routemeter/register', APP], {
      cwd: join(ROOT, 'packages/testkit'),
      env: {
        ...process.env,
        ROUTEMETER_URL: this.#witness.url,
        ROUTEMETER_LIVE_URL: `udp://127.0.0.1:${this.#statsdPort}`,
        ROUTEMETER_FLUSH_MS: '100',
        ROUTEMETER_TAGS: 'service:shop',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [, port] = await collect(this.#app).find(/listens on (\d+)/);
    this.#url = `http://127.0.0.1:${port}`;
  }

  /** Sends requests one after the other, and waits until the witness has heard of them. */
  async drive(count: number, next: () => number): Promise<void> {
    const before = this.samples().length;
    for (let i = 0; i < count; i++) {
      const status = i % 10 === 9 ? 500 : i % 10 === 8 ? 404 : 200;
      const path = i % 4 === 0 ? '/health' : `/items/${i}?status=${status}&ms=${Math.floor(next() * 12)}`;
      await (await fetch(this.#url + path)).arrayBuffer();
    }
    while (this.samples().length < before + count) await new Promise((resolve) => setTimeout(resolve, 20));
    // The collector is sent the same at the same flush.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }

  /** Every request that the app has recorded. */
  samples(): { route: string; status: string; wall: number }[] {
    return this.#witness.lines().flatMap((line) => {
      const [, values = '', tags = ''] = new RegExp(`^${REQUEST}:([^|]+)\\|[^#]*#(.*)$`).exec(line) ?? [];
      if (values === '') return [];
      const of = (key: string) => new RegExp(`(?:^|,)${key}:([^,]*)`).exec(tags)?.[1] ?? '';
      const [route, status] = [of('http_route'), of('http_status_code')];
      return values.split(':').map((value) => ({ route, status, wall: Number(value) }));
    });
  }

  async stop(): Promise<void> {
    if (this.#app !== undefined) await stop(this.#app);
    await this.#collector?.stop();
    this.#witness.close();
  }
}
