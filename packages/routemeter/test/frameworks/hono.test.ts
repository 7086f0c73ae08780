import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { imported, required, start, VERSION } from '../../../testkit/src/contract/hono/app.cjs';
import { HONO_CASES } from '../../../testkit/src/contract/hono/cases.ts';
import { honoMeter } from '../../src/frameworks/hono.ts';
import { contractByMiddleware } from './suite.ts';

test('the version under test is the one that is written down', () => {
  const main = createRequire(new URL('../../../testkit/package.json', import.meta.url)).resolve('hono');
  const manifest = readFileSync(main.replace(/(node_modules.hono.).*$/, '$1package.json'), 'utf8');
  expect(JSON.parse(manifest).version).toBe(VERSION);
});

describe('hono 4', () => {
  for (const [format, load] of [
    ['CommonJS', async () => required()],
    ['ES modules', imported],
  ] as const) {
    contractByMiddleware(`${format}, middleware`, HONO_CASES, async (meter) => {
      const { modules, nodeServer } = await load();
      let server: ReturnType<typeof start> | undefined;
      const port = await new Promise<number>((resolve) => {
        const first = meter ? honoMeter(meter) : undefined;
        server = start(modules, nodeServer, first, (address) => resolve(address.port));
      });
      return {
        port,
        close() {
          server?.closeAllConnections();
          server?.close();
        },
      };
    });
  }

  test('what is no meter is refused', () => {
    expect(() => honoMeter('mine' as never)).toThrow(expect.objectContaining({ code: 'RM_OPTION_INVALID' }));
  });
});
