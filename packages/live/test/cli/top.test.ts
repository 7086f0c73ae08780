import { Writable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { top } from '../../src/cli/top.ts';
import { startLive, until } from '../helpers.ts';
import { build, CLI } from './built.ts';
import { startProgram } from './command.ts';

beforeAll(build);
const missing = await debianPrograms(VICTORIA_PROGRAMS);

const request = (route: string, ms: number, more = '') =>
  `http.server.request:${ms}|d|#http_route:${route},http_method:GET,http_status_code:200${more}`;

async function run(args: readonly string[]) {
  const { out, closed } = startProgram([process.execPath, CLI, 'top', ...args]);
  const code = await closed;
  return { code, lines: out.stdout.split('\n'), stderr: out.stderr };
}

describe('routemeter-live top', () => {
  it('shows the routes of a running server, those with most time first', async () => {
    await using live = await startLive();
    await live.send(
      request('/home', 10),
      request('/home', 30),
      request('/report', 400),
      request('/home', 20),
    );
    const { code, lines } = await run(['--url', live.live.url]);
    expect(code).toBe(0);
    expect(lines[0]).toMatch(
      /^routemeter-live top {2}http:\/\/127\.0\.0\.1:\d+ {2}last 60 s {2}2 routes, [\d.]+ requests\/s$/,
    );
    expect(lines[2]).toMatch(/^ +route +rate\/s +p50 +p95 +p99 +err % +CPU % +mean +requests$/);
    const [report, home] = lines.slice(4, 6).map((line) => line.trim().split(/ {2,}/));
    expect(report!.slice(0, 2)).toEqual(['GET', '/report']);
    expect(home!.slice(0, 2)).toEqual(['GET', '/home']);
    expect(home!.at(-1)).toBe('3');
    expect(Number(home!.at(-2))).toBe(20);
    // No CPU was sent.
    expect(home!.at(-3)).toBe('-');

    const byRate = await run(['--url', live.live.url, '--sort', 'rate', '--lines', '1']);
    expect(byRate.lines[4]).toContain('/home');
    expect(byRate.lines[5]).toBe('and 1 more');
  });

  it('names what routes wait for, and shows the upstreams', async () => {
    await using live = await startLive();
    const own = 'http_route:/home,http_method:GET';
    const users = `${own},db_system_name:postgresql,db_query_summary:SELECT users,server_address:db`;
    const ads = `${own},http_request_method:GET,server_address:ads.internal`;
    await live.send(
      request('/home', 40),
      request('/none', 4),
      `db.client.operation:5:7:9|d|#${users}`,
      `db.client.operation.wait:5:6:7|d|#${users}`,
      `http.client.request:30|d|#${ads},error_type:ECONNRESET`,
      `http.client.request.wait:9|d|#${ads}`,
    );
    const { lines } = await run(['--url', live.live.url]);
    expect(lines[2]).toMatch(/ mean +requests +waits for$/);
    expect(lines[4]).toMatch(/ 1 +postgresql 18, ads\.internal 9$/);
    expect(lines[5]).toMatch(/\/none .* 1$/);

    const shown = await run(['--url', live.live.url, '--upstreams']);
    expect(shown.code).toBe(0);
    expect(shown.lines[0]).toMatch(/ 2 upstreams, [\d.]+ calls\/s$/);
    expect(shown.lines[2]).toMatch(/^upstream +peer +rate\/s +p50 +p95 +p99 +err % +wait ms\/s +most for$/);
    const [db, http] = shown.lines.slice(4, 6).map((line) => line.split(/ {2,}/));
    expect([db![0], db![1], String(Math.round(Number(db![3]))), db!.at(-3), db!.at(-1)]).toEqual([
      'postgresql SELECT users',
      'db',
      '7',
      '0',
      'GET /home (3 per request)',
    ]);
    expect([http![0], http!.at(-3)]).toEqual(['GET ads.internal', '100']);
    const short = await run(['--url', live.live.url, '--upstreams', '--lines', '1']);
    expect(short.lines[5]).toBe('and 1 more');
  });

  it('says so where there are no upstreams', async () => {
    await using live = await startLive();
    expect((await run(['--url', live.live.url, '--upstreams'])).lines[2]).toBe(
      'No upstream calls in this time.',
    );
  });

  it('narrows by tag, and shows nothing that moves a cursor', async () => {
    await using live = await startLive();
    await live.send(request('/a', 1, ',host:web-1'), request('/b\u001b[2J\u202e', 1, ',host:web-2'));
    const one = await run(['--url', live.live.url, '--tag', 'host:web-1']);
    expect(one.lines.join('\n')).toContain('/a');
    expect(one.lines.join('\n')).not.toContain('/b');
    const all = await run(['--url', live.live.url]);
    expect(all.lines.join('\n')).toContain('/b?[2J?');
  });

  it('asks with the token, and says why there is nothing', async () => {
    await using live = await startLive({ token: 'vM3xk0wPq7_Ld9sA2zTb' });
    await live.send(request('/home', 10));
    const without = await run(['--url', live.live.url]);
    expect(without.code).toBe(1);
    expect(without.lines.join('\n')).toContain('token');
    const withIt = await run(['--url', live.live.url, '--token', 'vM3xk0wPq7_Ld9sA2zTb']);
    expect(withIt.code).toBe(0);
    expect(withIt.lines.join('\n')).toContain('/home');

    const nobody = await run(['--url', 'http://127.0.0.1:9']);
    expect(nobody.code).toBe(1);
    expect(nobody.lines[2]).toMatch(/^http:\/\/127\.0\.0\.1:9: no answer \(/);
  });

  it.each([
    [['--window', 'soon'], 'Give a time'],
    [['--sort', 'luck'], 'Allowed choices are time, rate'],
    [['--tag', 'web'], 'Give a tag'],
    [['--url', 'ftp://x'], 'is not an address'],
  ])('refuses %s', async (args, why) => {
    const { code, stderr } = await run(args as string[]);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });

  it('shows them anew each second on a terminal, as many as it has room for, until it is ended', async () => {
    await using live = await startLive();
    for (let i = 0; i < 20; i++) await live.send(request(`/r${i}`, 1 + i));
    const frames: string[] = [];
    const terminal = new Writable({
      write(chunk, _encoding, done) {
        frames.push(String(chunk));
        done();
      },
    });
    Object.assign(terminal, { isTTY: true, rows: 12 });
    const ended = top(['--url', live.live.url], terminal as unknown as NodeJS.WriteStream);
    await until(() => frames.length === 2);
    process.emit('SIGINT');
    expect(await ended).toBe(0);
    expect(frames[1]!.startsWith('\u001b[H\u001b[2J')).toBe(true);
    expect(frames[1]!.split('\n')).toHaveLength(12);
    expect(frames[1]).toContain('/r19');
    expect(frames[1]).toContain('and 14 more');
  });
});

describe.skipIf(missing !== null)('routemeter-live top over a fleet', () => {
  it('needs no server: it asks the engine that the collectors write to', async () => {
    const engine = await startVictoriaMetrics();
    try {
      await using one = await startLive({ write: engine.url, writeLabels: { host: 'web-1' } });
      await using two = await startLive({ write: engine.url, writeLabels: { host: 'web-2' } });
      await one.send(request('/home', 10), request('/home', 10));
      await two.send(request('/home', 10), request('/slow', 900));
      let seen: string[] = [];
      // A tick of ten seconds, and five for what is late.
      await until(async () => {
        seen = (await run(['--store', engine.url, '--window', '5m'])).lines;
        return seen.some((line) => line.includes('/slow'));
      });
      expect(seen[0]).toContain(engine.url);
      const home = seen.find((line) => line.includes('/home'))!;
      expect(home.trim().split(/ +/).at(-1)).toBe('3');
      const { lines } = await run(['--store', engine.url, '--window', '5m', '--tag', 'host:web-1']);
      expect(
        lines
          .find((line) => line.includes('/home'))!
          .trim()
          .split(/ +/)
          .at(-1),
      ).toBe('2');
      expect(lines.join('\n')).not.toContain('/slow');
    } finally {
      await engine.stop();
    }
  });
});
