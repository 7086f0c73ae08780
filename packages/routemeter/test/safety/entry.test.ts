import { execFile } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { enter, installEntry } from '../../src/request/index.ts';

it('servers that are not HTTP keep their own event called "request", with all its arguments', () => {
  installEntry(() => ({ listening() {}, request: enter }));
  const server = new net.Server();
  const seen: unknown[][] = [];
  server.on('request', (...given: unknown[]) => seen.push(given));
  const calls: unknown[][] = [
    [],
    [{ id: 1 }],
    [{ id: 2 }, () => 'reply'],
    [{ id: 3 }, { writeHead() {} }],
    [{ id: 4 }, { writeHead() {} }, 'third'],
    [Object.freeze({ id: 5 }), null],
  ];
  for (const given of calls) expect(server.emit('request', ...given)).toBe(true);
  expect(seen).toEqual(calls);
});

it('requests of servers whose own emit another agent replaced before us are seen, each once', async () => {
  const script = (name: string) => fileURLToPath(new URL(`./scripts/${name}.cjs`, import.meta.url));
  const library = await buildLibrary('safety-entry');
  const preloads = ['-r', script('replaced-emit'), '-r', library.cjs('register')];
  const args = ['--no-warnings', ...preloads, script('one-request')];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_FLUSH_MS: '20' },
  });
  expect(stderr.match(/^http\.server\.request:[^:|]*\|/gm)).toHaveLength(1);
  expect(stdout).toContain('theirs saw 1');
});
