import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { createMeter } from 'routemeter';
import type { RouteProfile } from 'routemeter/profile';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installedTools } from '../../../testkit/src/tools.ts';
import { Browser, inBrowser } from './browser.ts';

/** Where its files are, or why they are not. */
const folder = await installedTools('speedscope', { speedscope: '1.25.0' }).catch((error: Error) => error);
if (folder instanceof Error) console.warn(`speedscope skipped: ${folder.message.split('\n')[0]}`);

const REPORT = { kind: 'work', route: 'report' };

function sortRows(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end) Array.from({ length: 200 }, (_, i) => (i * 7919) % 1000).sort();
}
function sumRows(ms: number): void {
  const end = performance.now() + ms;
  let sum = 0;
  while (performance.now() < end) for (let i = 0; i < 1000; i++) sum = (sum * 31 + i) % 1_000_003;
}
function report(): void {
  sortRows(6);
  sumRows(3);
}
function other(): void {
  sumRows(4);
}

/** Of two units that take turns, one of them with two functions. */
async function taken(): Promise<RouteProfile> {
  const meter = createMeter({ url: 'udp://127.0.0.1:9', runtime: false });
  let isOver = false;
  const profiling = meter.profile({ seconds: 1 }).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await meter.work('report', report);
    await turn();
    await meter.work('other', other);
    await turn();
  }
  const profile = await profiling;
  await meter.close();
  return profile;
}

/** Speedscope as it is published, with the files that it shall open beside it. */
async function served(files: Record<string, string>): Promise<{ server: Server; url: string }> {
  const release = join(String(folder), 'node_modules/speedscope/dist/release');
  const types: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
  const server = createServer((req, res) => {
    const name = basename(new URL(req.url!, 'http://localhost').pathname);
    const file = files[name];
    if (file !== undefined) {
      res.end(file);
      return;
    }
    res.setHeader('content-type', types[name.split('.').at(-1)!] ?? 'application/octet-stream');
    createReadStream(join(release, name))
      .on('error', () => res.writeHead(404).end())
      .pipe(res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The table of its sandwich view: what each function used itself, in its own words. */
async function rowsOf(page: Page): Promise<Array<[name: string, self: string]>> {
  await page.getByText('sumRows').first().waitFor();
  const rows = await page
    .locator('table tr:has(td)')
    .evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll('td')].map(({ textContent }) => textContent)),
    );
  // Several functions can have one name.
  return rows.map(([, self, name]) => [name!, self!]);
}

const UNITS: Record<string, number> = { s: 1000, ms: 1, µs: 1e-3, '': 1e-3, ns: 1e-6 };

/** Such as `518.20ms (34%)`; what has no unit is µs, as folded stacks have them. */
function ms(text: string): number {
  const [, value, unit = ''] = /^([\d,.]+)([^\d\s]*) \(/.exec(text)!;
  return Number(value!.replaceAll(',', '')) * UNITS[unit]!;
}

inBrowser('in speedscope', () => {
  const browser = new Browser({ args: ['--enable-unsafe-swiftshader'] });
  let profile: RouteProfile;
  let speedscope: Awaited<ReturnType<typeof served>>;
  beforeAll(async () => {
    profile = await taken();
    speedscope = await served({
      'report.cpuprofile': JSON.stringify(profile.cpuprofile(REPORT)),
      'report.folded.txt': profile.folded(REPORT),
    });
  });
  afterAll(async () => {
    await browser.close();
    speedscope.server.closeAllConnections();
    speedscope.server.close();
  });

  it.skipIf(folder instanceof Error).each(['report.cpuprofile', 'report.folded.txt'])(
    '%s has the times of the ledger',
    async (name) => {
      const { page } = await browser.open(`${speedscope.url}/index.html#profileURL=/${name}&view=sandwich`);
      // Its table has no rows but those that are seen.
      await page.setViewportSize({ width: 1280, height: 6000 });
      const rows = await rowsOf(page);
      const functions = profile.functions(REPORT);
      let whole = 0;
      for (const [, text] of rows) whole += ms(text);
      const { cpu, stalled } = profile.flame(REPORT);
      expect(whole / (cpu + stalled)).toBeCloseTo(1, 2);
      for (const wanted of ['sortRows', 'sumRows']) {
        const { self } = functions.find((row) => row.name === wanted)!;
        const [, text] = rows.find(([title]) => title.startsWith(wanted))!;
        expect(ms(text) / (self.cpu + self.stalled), wanted).toBeCloseTo(1, 2);
      }
      await page.close();
    },
  );
});
