// How long the list of 5000 metrics takes to appear in Chromium, from the click on its tab: as it is, and with
// all rows in the document as it was before. Both in turn, in the same run.
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { stopChild } from '../lib/child.mjs';
import { spawnPinned } from '../lib/cores.mjs';
import { median } from '../lib/numbers.mjs';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const SERVER = file('./metrics-server.mjs');
const PAGE = file('../../packages/live/src/page');
const ALL_ROWS = file('./all-rows/metrics-list.tsx');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

/** @returns medians of ms until `inSight` and `allRows` stand, the `ratio` of the first to the second; or `missing`. */
export async function measureLists({ node, quick, rounds = quick ? 3 : 9, log, metrics = 5000 }) {
  if (!existsSync(CHROMIUM)) return { missing: `${CHROMIUM} is missing` };
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-lists-'));
  const server = spawnPinned(node.path, [SERVER, String(metrics)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let browser;
  try {
    log('lists: building both pages');
    const pages = { inSight: join(folder, 'in-sight'), allRows: join(folder, 'all-rows') };
    await buildPage(pages.inSight, []);
    await buildPage(pages.allRows, [withAllRows]);
    const [line] = await once(createInterface(server.stdout), 'line');
    const { url } = JSON.parse(line);
    const options = { executablePath: CHROMIUM, headless: true, args: FLAGS };
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), options);
    const times = { inSight: [], allRows: [] };
    for (let round = 0; round < rounds; round++) {
      log(`lists: round ${round + 1} of ${rounds}`);
      const names = round % 2 ? ['allRows', 'inSight'] : ['inSight', 'allRows'];
      for (const name of names) times[name].push(await appear(browser, url, pages[name]));
    }
    const [inSight, allRows] = [median(times.inSight), median(times.allRows)];
    return { metrics, rounds, inSight, allRows, ratio: inSight / allRows };
  } finally {
    await browser?.close();
    await stopChild(server);
    rmSync(folder, { recursive: true, force: true });
  }
}

const withAllRows = {
  name: 'all-rows',
  enforce: 'pre',
  resolveId: (source) => (source.endsWith('/metrics-list.tsx') ? ALL_ROWS : undefined),
};

async function buildPage(outDir, plugins) {
  await build({
    configFile: false,
    root: PAGE,
    base: './',
    plugins,
    logLevel: 'error',
    build: { outDir, emptyOutDir: true, target: 'es2023', modulePreload: { polyfill: false } },
  });
}

/** ms from the click on the tab until the first rows are painted; what the server says comes from the server. */
async function appear(browser, url, folder) {
  const page = await browser.newPage();
  try {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.route(
      (address) => !address.pathname.startsWith('/api/'),
      (route) => {
        const { pathname } = new URL(route.request().url());
        const name = pathname.includes('.') ? pathname : '/index.html';
        return route.fulfill({ contentType: TYPES[extname(name)], body: readFileSync(join(folder, name)) });
      },
    );
    await page.goto(`${url}/runtime`);
    await page.locator('.nothing').waitFor();
    return await page.evaluate(untilRows);
  } finally {
    await page.close();
  }
}

/** Runs in the page. */
function untilRows() {
  return new Promise((resolve) => {
    const start = performance.now();
    const look = new MutationObserver(() => {
      if (!document.querySelector('.metrics tbody a')) return;
      look.disconnect();
      // Behind the frame in which they are painted.
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    });
    look.observe(document.body, { childList: true, subtree: true });
    document.querySelector('.tabs a[href*="metrics-explorer"]').click();
  });
}
