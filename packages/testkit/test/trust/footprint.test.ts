import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { nodeBinaries } from '../../src/nodes.ts';
import { ROOT } from '../../src/pack.ts';

interface Footprint {
  PAGE: string;
  record(node: string): Promise<object>;
  render(recorded: object): string;
  shown(page: string): string;
  runApp(node: string, job: object, url: string, env?: object): Promise<App>;
  changed(before: App['shapes'], after: App['shapes']): { wrapped: string[]; added: string[] };
}

interface App {
  notes: Record<string, string[]>;
  shapes: Record<string, string>;
}

const { PAGE, record, render, shown, runApp, changed } = (await import(
  pathToFileURL(join(ROOT, 'scripts/lib/footprint.mjs')).href
)) as Footprint;

/** What the page tells of is of this one: what is wrapped for CPU times differs by version. */
const node = (await nodeBinaries()).nodes.find(({ major }) => major === 24);

it.skipIf(node === undefined)(
  'docs/what-leaves.md lists all that the library does to a process',
  async () => {
    const rows = (text: string) => {
      const [metrics, ...rest] = text.split('### The process');
      return {
        metrics: metrics!.split('\n').filter((line) => line.startsWith('| `')),
        rest: rest.join('').split('\n'),
      };
    };
    const page = rows(shown(await readFile(PAGE, 'utf8')));
    const found = rows(render(await record(node!.path)));
    expect(found.rest, 'node scripts/footprint.mjs').toEqual(page.rest);
    // Some come only when something happened: a collection of garbage, CPU used behind a response.
    expect(found.metrics.length).toBeGreaterThan(15);
    expect(found.metrics.filter((row) => !page.metrics.includes(row))).toEqual([]);
  },
  300_000,
);

it.skipIf(node === undefined)(
  'switched off it does nothing, and without CPU times it wraps less',
  async () => {
    const run = (way: string, env?: object) =>
      runApp(node!.path, { framework: 'http', way }, 'udp://127.0.0.1:9', env);
    const [without, off, wall] = await Promise.all([
      run('none'),
      run('preload', { ROUTEMETER_ENABLED: 'false' }),
      run('preload', { ROUTEMETER_CPU: 'off' }),
    ]);
    expect(off.notes).toEqual({ environment: ['ROUTEMETER_ENABLED'] });
    expect(changed(without.shapes, off.shapes)).toEqual({ wrapped: [], added: [] });
    expect(wall.notes.async).not.toContainEqual(expect.stringContaining('createHook'));
    expect(changed(without.shapes, wall.shapes).wrapped).toEqual([
      // The event of SvelteKit, which has no other place.
      'async_hooks.AsyncLocalStorage.prototype.enterWith',
      // Requests that the process forwards to a server of its own count once.
      'http.ClientRequest.prototype.onSocket',
      'http.ServerResponse.prototype.writeHead',
    ]);
  },
  300_000,
);
