import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const run = promisify(execFile);
const { nodes } = await nodeBinaries();

let library: Library;
let script: string;
beforeAll(async () => {
  library = await buildLibrary('costs-off');
  script = await bundle(new URL('./scripts/off.ts', import.meta.url), 'costs-off');
});

interface Found {
  /** Functions of Node that are others than before, and counts that are. */
  changed: string[];
  /** Listeners on the response: of the request before, and of the one after. */
  listeners: [number, number];
}

describe.each(nodes)('switched off on Node $version', ({ path }) => {
  async function found(register: string, entry: string, enabled: boolean): Promise<Found> {
    const args = ['--no-warnings', '--expose-internals', script, register, entry];
    const env = {
      PATH: process.env.PATH ?? '',
      ROUTEMETER_ENABLED: String(enabled),
      ROUTEMETER_URL: 'null:',
      ROUTEMETER_SILENT: '1',
    };
    return JSON.parse((await run(path, args, { env })).stdout) as Found;
  }

  it('the preload leaves Node as it is', async () => {
    const { changed, listeners } = await found(library.cjs('register'), '-', false);
    expect(changed).toEqual([]);
    expect(listeners[1]).toBe(listeners[0]);
    // The same look does find it where it is on.
    const on = await found(library.cjs('register'), '-', true);
    expect(on.changed).toContain('net.Server.prototype.emit');
    expect(on.changed).toContain('Module.prototype.loaded');
    expect(on.changed).toContain('fastify.initialization');
    expect(on.listeners[1]).toBeGreaterThan(on.listeners[0]);
  });

  it('a meter patches nothing, listens to nothing and hooks nothing', async () => {
    const { changed, listeners } = await found('-', library.cjs('http'), false);
    // Where the copies of the library find each other.
    expect(
      changed.filter((key) => !/^(globalThis|AsyncLocalStorage)\.Symbol\(routemeter\.v1/.test(key)),
    ).toEqual([]);
    expect(listeners[1]).toBe(listeners[0]);
    const on = await found('-', library.cjs('http'), true);
    expect(on.changed).toContain('ServerResponse.prototype.writeHead');
    expect(on.changed).toContain('IncomingMessage.prototype.on');
    expect(on.listeners[1]).toBeGreaterThan(on.listeners[0]);
  });
});
