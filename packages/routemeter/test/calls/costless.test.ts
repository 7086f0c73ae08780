import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const run = promisify(execFile);
const { nodes } = await nodeBinaries();
const script = fileURLToPath(new URL('./scripts/off.cjs', import.meta.url));

interface Found {
  /** A digest of each function of the libraries and of Node's clients, by its path. */
  code: Record<string, string>;
  subscribed: string[];
  /** Files of ours that were loaded and hold sources of calls. */
  sources: number;
}

/** What knows requests that a process forwards to a server of its own, whether calls are on or off. */
const FORWARDING = { code: ['http.ClientRequest.prototype.onSocket'], channels: ['undici:request:create'] };

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('calls-off');
});

describe.each(nodes)('calls switched off on Node $version', ({ path }) => {
  async function found(preload: string, folder: string, env: Record<string, string> = {}): Promise<Found> {
    const settings = { ROUTEMETER_URL: 'null:', ROUTEMETER_SILENT: '1', PATH: process.env.PATH ?? '' };
    const options = { env: { ...settings, ...env }, maxBuffer: 1 << 24 };
    const { stdout } = await run(path, ['--no-warnings', script, preload, folder], options);
    return JSON.parse(stdout) as Found;
  }
  const changes = (before: Found, after: Found) =>
    Object.keys({ ...before.code, ...after.code }).filter((key) => before.code[key] !== after.code[key]);

  test.each(['preload', 'explicit'])(
    '%s: no subscription, no patch, no source of calls is loaded',
    async (way) => {
      const preload = way === 'preload' ? library.cjs('register') : '-';
      const folder = way === 'explicit' ? dirname(library.cjs('index')) : '-';
      const [bare, off, on] = await Promise.all([
        found('-', '-'),
        found(preload, folder),
        found(preload, folder, { ROUTEMETER_UPSTREAMS: 'true' }),
      ]);
      expect(Object.keys(bare.code).length).toBeGreaterThan(500);
      expect(changes(bare, off)).toEqual(FORWARDING.code);
      expect([bare.subscribed, off.subscribed]).toEqual([[], FORWARDING.channels]);
      // Without the preload `routemeter/upstreams` is imported, which brings them.
      expect(off.sources).toBe(way === 'preload' ? 0 : 1);

      // The same look does find it where it is on.
      const names = changes(bare, on).map((key) => key.replace(/\..*/, ''));
      expect([...new Set(names)]).toEqual(
        expect.arrayContaining([
          'pg',
          'ioredis5',
          'ioredis6',
          'redis5client',
          'redis6client',
          'undici7',
          'http',
        ]),
      );
      expect(on.subscribed).toContain('undici:request:headers');
      expect(on.sources).toBe(1);
    },
  );

  test('the live output has calls on, `false` has them off', async () => {
    const live = await found(library.cjs('register'), '-', { ROUTEMETER_LIVE_URL: 'udp://127.0.0.1:9' });
    expect(live.subscribed).toContain('undici:request:headers');
    const off = await found(library.cjs('register'), '-', { ROUTEMETER_UPSTREAMS: 'false' });
    expect([off.subscribed, off.sources]).toEqual([FORWARDING.channels, 0]);
  });
});
