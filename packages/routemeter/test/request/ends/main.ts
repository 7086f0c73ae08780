import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { captureMeter } from '../../../src/testing/index.ts';
import { ANSWERS, STREAM_ANSWERS } from './answers.ts';
import { pathOf } from './asks.ts';
import { type App, START } from './carriers.ts';
import { CARRIERS, type Carrier, type Cell, type Ending, endingsOf, wanted } from './table.ts';

// Started with --expose-gc, the folder of installed packages, and two files. Runs the whole table in this
// process and prints what each cell showed.

/** What one carrier showed. */
export interface Shown {
  samples: Partial<Record<Ending, Cell[]>>;
  /** Samples that belong to no ending. */
  strays: string[];
  /** Endings whose request or response was still held afterwards. */
  held: string[];
}

/** What a reference was asked for lives on until the turn ends: only then can it be collected. */
async function collect(): Promise<void> {
  await sleep(2);
  gc!();
  await turn();
}

/** Of a machine that does much else. */
const PATIENCE_MS = 60_000;

class Application implements App {
  readonly seen: Array<{ ending: Ending; ref: WeakRef<object> }> = [];
  private readonly told = new Map<Ending, () => void>();
  private readonly byPath: ReadonlyMap<string, Ending>;

  constructor(endings: readonly Ending[]) {
    this.byPath = new Map(endings.map((ending) => [pathOf(ending), ending]));
  }

  readonly request = (request: IncomingMessage, response: ServerResponse): void => {
    const ending = this.byPath.get(request.url ?? '')!;
    this.watch(ending, request, response);
    ANSWERS[ending](request, response);
    this.told.get(ending)?.();
  };

  readonly stream = (stream: ServerHttp2Stream, headers: { ':path'?: string }): void => {
    const ending = this.byPath.get(headers[':path'] ?? pathOf('upgrade'))!;
    stream.on('error', () => {});
    this.watch(ending, stream);
    STREAM_ANSWERS[ending]!(stream);
    this.told.get(ending)?.();
  };

  handled(ending: Ending): Promise<void> {
    return new Promise((resolve) => this.told.set(ending, resolve));
  }

  private watch(ending: Ending, ...objects: object[]): void {
    for (const object of objects) this.seen.push({ ending, ref: new WeakRef(object) });
  }
}

async function run(carrier: Carrier): Promise<Shown> {
  const endings = endingsOf(carrier);
  const captured = captureMeter({ cpu: 'off', flushMs: 3_600_000 });
  const app = new Application(endings);
  const running = await START[carrier](app, captured.meter);
  const clients = endings.map((ending) => running.ask(ending));
  const counted = endings.filter((ending) => wanted(carrier, ending) !== 'no sample');
  const shown: Shown = { samples: {}, strays: [], held: [] };
  const isMissing = (): boolean => counted.some((ending) => (shown.samples[ending] ?? []).length === 0);
  for (const until = performance.now() + PATIENCE_MS; isMissing() && performance.now() < until; ) {
    // What was never ended is known to be over when nobody holds it.
    await collect();
    await sleep(20);
    await read();
  }
  for (const quit of clients.splice(0)) quit();
  await running.close();
  for (let turns = 0; turns < 50 && held().length > 0; turns++) await collect();
  shown.held = [...new Set(held())];
  // Nothing may be counted twice after all.
  await read();
  await captured.meter.close();
  return shown;

  function held(): Ending[] {
    return app.seen.filter(({ ref }) => ref.deref() !== undefined).map(({ ending }) => ending);
  }

  async function read(): Promise<void> {
    shown.samples = {};
    shown.strays = [];
    for (const { name, tags } of await captured.metrics()) {
      if (name !== 'http.server.request' || tags.http_route === '/first') continue;
      const ending = endings.find((one) => pathOf(one) === tags.http_route);
      if (ending === undefined) shown.strays.push(JSON.stringify(tags));
      else {
        shown.samples[ending] ??= [];
        shown.samples[ending].push({
          status: Number(tags.http_status_code),
          aborted: tags.aborted === 'true',
        });
      }
    }
  }
}

const all: Partial<Record<Carrier, Shown>> = {};
for (const carrier of Object.keys(CARRIERS) as Carrier[]) all[carrier] = await run(carrier);
console.log(JSON.stringify(all));
process.exit();
