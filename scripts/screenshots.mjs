// node scripts/screenshots.mjs [--seconds N] [--seed N]: the pictures of the README, from the running demo.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDemo, startTraffic } from './lib/demo.mjs';
import { ROOT } from './lib/process.mjs';
import { prepare } from './lib/setup.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '90' }, seed: { type: 'string', default: '3' } },
});
const FOLDER = join(ROOT, 'docs/images');
const SIZE = { width: 1180, height: 700 };

await prepare();
const { chromium } = await import('playwright-core');
mkdirSync(FOLDER, { recursive: true });

const demo = await startDemo({ port: 0, quiet: true });
const traffic = startTraffic(demo.app, { seed: Number(values.seed) });
await wait(Number(values.seconds) * 1000);

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const colorScheme of ['light', 'dark']) {
  const page = await browser.newPage({ colorScheme, viewport: SIZE, deviceScaleFactor: 1.5 });
  await page.goto(`${demo.page}/?window=300`);
  await page.getByText('/orgs/:org/users/:id/invoices').first().waitFor();
  // Sparklines and order settle with the next update.
  await wait(2_500);
  await page.screenshot({ path: join(FOLDER, `routes-${colorScheme}.png`) });
  await page.close();
}
await browser.close();
await traffic.finish();
await demo.stop();
