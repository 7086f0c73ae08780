// The live page with 500 routes under traffic in Chromium: how long it takes from opening to numbers; then time in
// scripts, style and layout, and long frames.
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { stopChild } from '../lib/child.mjs';
import { spawnPinned } from '../lib/cores.mjs';
import { median } from '../lib/numbers.mjs';

const CHROMIUM = '/usr/bin/chromium';
const LIVE = fileURLToPath(new URL('../../packages/live', import.meta.url));
const SERVER = fileURLToPath(new URL('./busy-server.mjs', import.meta.url));
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

/** @returns ms from opening to numbers; ms a second by kind of work, frames longer than 50 ms and the longest of them; or `missing`. */
export async function measurePage({ node, quick, log, routes = 500 }) {
  if (!existsSync(CHROMIUM)) return { missing: `${CHROMIUM} is missing` };
  log(`page: ${routes} routes`);
  const seconds = quick ? 6 : 20;
  const server = await startServer(node, routes, LIVE);
  const profile = mkdtempSync(join(tmpdir(), 'routemeter-bench-'));
  let browser;
  try {
    const options = { executablePath: CHROMIUM, headless: true, args: FLAGS };
    browser = await chromium.launchPersistentContext(profile, options);
    const page = await browser.newPage();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(server.url);
    const rows = page.locator('.routes tbody .path');
    await rows.first().waitFor();
    await wait(3_000);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    await page.evaluate(watchFrames);
    const before = await metrics(session);
    await wait(seconds * 1000);
    const after = await metrics(session);
    const frames = await page.evaluate(() => globalThis.longFrames);
    const shown = await rows.count();
    await page.close();
    const opened = await openings({ node, browser, routes, server, times: quick ? 3 : 9 });
    const each = (key) => ((after[key] - before[key]) * 1000) / (after.Timestamp - before.Timestamp);
    return {
      routes,
      rows: shown,
      ...opened,
      seconds,
      scriptMs: each('ScriptDuration'),
      styleMs: each('RecalcStyleDuration'),
      layoutMs: each('LayoutDuration'),
      taskMs: each('TaskDuration'),
      heapMb: after.JSHeapUsedSize / 2 ** 20,
      longFrames: frames.length,
      longestMs: Math.max(0, ...frames),
    };
  } finally {
    await browser?.close();
    await stopChild(server.child);
    rmSync(profile, { recursive: true, force: true });
  }
}

async function startServer(node, routes, folder) {
  const stdio = ['ignore', 'pipe', 'inherit'];
  const child = spawnPinned(node.path, [SERVER, String(routes), folder], { stdio });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, url: JSON.parse(line).url };
}

/** Medians of ms from opening to numbers; in turn with those of an earlier build, where one is given. */
async function openings({ node, browser, routes, server, times }) {
  const earlier = process.env.BENCH_BEFORE && join(process.env.BENCH_BEFORE, '../live');
  const before = earlier && (await startServer(node, routes, earlier));
  try {
    // As the other one: it has been under traffic for a while.
    await wait(before ? 3_000 : 0);
    const own = [];
    const former = [];
    for (let i = 0; i < times; i++) {
      own.push(await opening(browser, server.url));
      if (before) former.push(await opening(browser, before.url));
    }
    return { openMs: median(own), ...(before ? { beforeOpenMs: median(former) } : {}) };
  } finally {
    if (before) await stopChild(before.child);
  }
}

/** ms from the start of the navigation until the first rows with numbers are painted. */
async function opening(browser, url) {
  const page = await browser.newPage();
  try {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.addInitScript(watchNumbers);
    await page.goto(url, { waitUntil: 'commit' });
    return await page.evaluate(() => globalThis.numbers);
  } finally {
    await page.close();
  }
}

/** Runs in the page. */
function watchNumbers() {
  globalThis.numbers = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('.routes tbody .c-p95')) return;
      observer.disconnect();
      // Behind the frame in which they are painted.
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
    }).observe(document, { childList: true, subtree: true });
  });
}

async function metrics(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** Runs in the page. */
function watchFrames() {
  globalThis.longFrames = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longFrames.push(duration);
  }).observe({ type: 'long-animation-frame' });
}
