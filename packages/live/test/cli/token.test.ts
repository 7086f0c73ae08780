import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers.ts';
import { build, CLI } from './built.ts';
import { start, startProgram } from './command.ts';

beforeAll(build);

const TOKEN = 'vM3xk0wPq7_Ld9sA2zTb';
const folder = mkdtempSync(join(tmpdir(), 'routemeter-token-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, `${TOKEN}\n`);
afterAll(() => rmSync(folder, { recursive: true }));

const anywhere = ['--port', '0', '--statsd-port', '0'];
const bearer = { headers: { authorization: `Bearer ${TOKEN}` } };

describe('the token', () => {
  it('is asked for as soon as others can reach the page', () => {
    const args = [CLI, ...anywhere, '--host', '0.0.0.0'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('--token-file PATH or --token TOKEN');
  });

  it.each([
    ['--token', ['--host', '0.0.0.0', '--token', TOKEN], {}],
    ['--token-file', ['--host', '0.0.0.0', '--token-file', tokenFile], {}],
    ['ROUTEMETER_LIVE_TOKEN', [], { ROUTEMETER_LIVE_HOST: '0.0.0.0', ROUTEMETER_LIVE_TOKEN: TOKEN }],
    ['ROUTEMETER_LIVE_TOKEN_FILE', [], { ROUTEMETER_LIVE_TOKEN_FILE: tokenFile }],
  ])('comes by %s, and is printed nowhere', async (_name, args, env) => {
    const run = start([...anywhere, ...args], { ...env, ROUTEMETER_LIVE_ALLOW_HOST: 'a.example,b.example' });
    const { url } = await run.addresses('stdout');
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/api/stats`)).status).toBe(401);
    expect((await fetch(`${url}/api/stats`, bearer)).status).toBe(200);
    run.child.kill('SIGTERM');
    expect(await run.closed).toBe(0);
    expect(run.out.stdout + run.out.stderr).not.toContain(TOKEN);
  });

  const noTerminal = existsSync('/usr/bin/script') ? false : 'there is no /usr/bin/script here';
  it.skipIf(noTerminal)('goes to the browser and the terminal of whoever opens the page', async () => {
    const opened = join(folder, 'opened');
    const browser = join(folder, 'browser');
    writeFileSync(browser, `#!/bin/sh\necho "$1" > ${opened}.part && mv ${opened}.part ${opened}\n`);
    chmodSync(browser, 0o755);
    const inTerminal = (flags: string) =>
      startProgram(
        ['script', '-qefc', `${process.execPath} ${CLI} ${anywhere.join(' ')} ${flags}`, '/dev/null'],
        { env: { ROUTEMETER_LIVE_TOKEN_FILE: tokenFile, BROWSER: browser, DISPLAY: '' } },
      );
    const open = inTerminal('');
    await until(() => existsSync(opened));
    const address = readFileSync(opened, 'utf8').trim();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=/);
    expect(open.out.stdout.split('\n')[0]).toContain(`page ${address} `);
    const page = await fetch(address, { redirect: 'manual' });
    expect(page.status).toBe(303);

    const closed = inTerminal('--no-open');
    await until(() => closed.out.stdout.split('\n').length > 2);
    expect(closed.out.stdout).not.toContain(TOKEN);
  });
});
