import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { installedFolder } from '../../../testkit/src/installed.ts';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { freePort, startProgram } from '../../../testkit/src/servers/program.ts';
import { environmentFor } from '../../src/run/command.ts';
import { type Json, startLive, until } from '../helpers.ts';

const run = promisify(execFile);
const missing = await debianPrograms({
  '/usr/bin/python3': 'python3',
  '/usr/lib/python3/dist-packages/statsd/__init__.py': 'python3-statsd',
  '/usr/lib/ruby/vendor_ruby/statsd.rb': 'ruby-statsd',
  '/usr/share/perl5/Net/Statsd.pm': 'libnet-statsd-perl',
  '/usr/bin/gunicorn': 'gunicorn',
  '/usr/bin/uwsgi': 'uwsgi-core',
  '/usr/lib/uwsgi/plugins/python3_plugin.so': 'uwsgi-plugin-python3',
});
const folder = mkdtempSync(join(tmpdir(), 'routemeter-senders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const APP = `def application(environ, start_response):
    bad = environ['PATH_INFO'] == '/bad'
    start_response('500 Bad' if bad else '200 OK', [('content-type', 'text/plain')])
    return [b'ok']
`;

type Live = Awaited<ReturnType<typeof startLive>>;

/** Every line, as it was read. */
async function readings(live: Live): Promise<string[]> {
  const { lines } = (await live.get('/api/raw?limit=1000')).body;
  for (const { text, error } of lines) expect(error, text).toBeUndefined();
  return (lines as Json[]).map(({ readAs }) => readAs as string).reverse();
}

/** Runs a client, and waits until so many lines came. */
async function sent(live: Live, lines: number, file: string, args: readonly string[]): Promise<string[]> {
  await run(file, args, { timeout: 60_000, cwd: folder });
  await until(async () => (await live.live.stats()).lines >= lines);
  return readings(live);
}

async function last(live: Live, name: string): Promise<number> {
  const { series } = (await live.get(`/api/query?name=${name}&type=gauge&window=60`)).body;
  return series[0].points.at(-1);
}

describe.skipIf(missing !== null)('clients of other languages', () => {
  it('python3-statsd', async () => {
    await using live = await startLive();
    const code = `import statsd
c = statsd.StatsClient('127.0.0.1', ${live.live.statsdPort}, prefix='py')
c.incr('hits', 3); c.decr('hits'); c.timing('lat', 320)
c.gauge('jobs', 10); c.gauge('jobs', 5, delta=True); c.gauge('jobs', -3, delta=True)
c.gauge('cold', -4)
c.set('users', 'me')
with c.pipeline() as p:
    p.incr('piped'); p.timing('lat', 2.5)`;
    expect(await sent(live, 11, '/usr/bin/python3', ['-c', code])).toEqual([
      'count py.hits +3',
      'count py.hits -1',
      'timing py.lat of 320',
      'gauge py.jobs = 10',
      'gauge py.jobs, changed by +5',
      'gauge py.jobs, changed by -3',
      // To a value below zero by way of zero, so that it holds by either rule.
      'gauge py.cold = 0',
      'gauge py.cold, changed by -4',
      'set py.users has the member me',
      'count py.piped +1',
      'timing py.lat of 2.5',
    ]);
    expect(await last(live, 'py.jobs')).toBe(12);
    expect(await last(live, 'py.cold')).toBe(-4);
    expect((await live.live.stats()).rules).toEqual({ is: 'etsy', by: 'recognised' });
  });

  it('ruby-statsd', async () => {
    await using live = await startLive();
    const code = `require 'statsd'
s = Statsd.new('127.0.0.1', ${live.live.statsdPort})
s.namespace = 'rb'
s.increment 'hits'; s.decrement 'hits'; s.count 'hits', 5
s.timing 'lat', 320; s.gauge 'jobs', 10; s.gauge 'jobs', '+5'; s.gauge 'jobs', -3; s.set 'users', 'me'`;
    expect(await sent(live, 8, 'ruby', ['-e', code])).toEqual([
      'count rb.hits +1',
      'count rb.hits -1',
      'count rb.hits +5',
      'timing rb.lat of 320',
      'gauge rb.jobs = 10',
      'gauge rb.jobs, changed by +5',
      'gauge rb.jobs, changed by -3',
      'set rb.users has the member me',
    ]);
    expect(await last(live, 'rb.jobs')).toBe(12);
  });

  it('Net::Statsd', async () => {
    await using live = await startLive();
    const code = `use Net::Statsd; $Net::Statsd::HOST = '127.0.0.1'; $Net::Statsd::PORT = ${live.live.statsdPort};
Net::Statsd::increment('pl.hits'); Net::Statsd::update_stats('pl.hits', 4); Net::Statsd::decrement('pl.hits');
Net::Statsd::timing('pl.lat', 320); Net::Statsd::gauge('pl.level' => 17);`;
    expect(await sent(live, 5, 'perl', ['-e', code])).toEqual([
      'count pl.hits +1',
      'count pl.hits +4',
      'count pl.hits -1',
      'timing pl.lat of 320',
      'gauge pl.level = 17',
    ]);
  });

  it('gunicorn: all of an app as one route, with its statuses', async () => {
    await using live = await startLive();
    writeFileSync(join(folder, 'shop.py'), APP);
    const port = await freePort();
    const server = await startProgram(
      'gunicorn',
      [
        '-b',
        `127.0.0.1:${port}`,
        '--statsd-host',
        `127.0.0.1:${live.live.statsdPort}`,
        '--statsd-prefix',
        'shop',
        'shop:application',
      ],
      { cwd: folder, ready: port },
    );
    try {
      for (const path of ['/', '/', '/bad']) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
      const route = async () => (await live.get('/api/routes')).body.routes[0];
      await until(async () => (await route())?.count >= 3);
      await until(async () => (await route()).status['500'] === 1);
      expect(await route()).toMatchObject({
        service: 'shop',
        route: '(all)',
        errors: 1,
        status: { 200: 2, 500: 1 },
      });
      const read = await readings(live);
      expect(read.some((one) => one.startsWith('timing shop.gunicorn.request.duration of '))).toBe(true);
    } finally {
      await server.stop();
    }
  });

  it('uwsgi', async () => {
    await using live = await startLive();
    writeFileSync(join(folder, 'shop.py'), APP);
    const port = await freePort();
    const push = `statsd:127.0.0.1:${live.live.statsdPort},myapp`;
    const server = await startProgram(
      'uwsgi',
      [
        '--plugins',
        'python3,stats_pusher_statsd',
        '--http-socket',
        `127.0.0.1:${port}`,
        '--wsgi-file',
        'shop.py',
        '--master',
        '--die-on-term',
        '--stats-push',
        push,
        '--stats-pusher-default-freq',
        '1',
      ],
      { cwd: folder, ready: port },
    );
    try {
      for (let i = 0; i < 3; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
      const { until: found } = { until: async () => (await readings(live)).join('\n') };
      await until(async () => /^count myapp\.worker\.1\.requests \+3$/m.test(await found()));
      expect(await found()).toMatch(/^gauge myapp\.core\.idle_workers = \d+$/m);
      expect((await live.live.stats()).rejected).toBe(0);
    } finally {
      await server.stop();
    }
  });

  it('a command that is no Node app is told where StatsD is', async () => {
    await using live = await startLive();
    const env = environmentFor(live.live.udp, '/register.mjs', { PATH: process.env.PATH }, [
      '/usr/bin/python3',
      'x.py',
    ]);
    const port = `${live.live.statsdPort}`;
    const told = {
      DD_AGENT_HOST: '127.0.0.1',
      DD_DOGSTATSD_PORT: port,
      STATSD_HOST: '127.0.0.1',
      STATSD_PORT: port,
    };
    expect(env).toMatchObject(told);
    const mine = environmentFor(live.live.udp, '/register.mjs', { STATSD_HOST: 'agent' }, ['ruby']);
    expect(mine.STATSD_HOST).toBe('agent');
    for (const node of [
      ['node', 'x.js'],
      ['/usr/local/bin/npm', 'run', 'dev'],
    ]) {
      const own = environmentFor(live.live.udp, '/register.mjs', {}, node);
      for (const name of Object.keys(told)) expect(own).not.toHaveProperty(name);
    }
    const code = "from statsd.defaults.env import statsd; statsd.incr('from.env')";
    await run('/usr/bin/python3', ['-c', code], { env, timeout: 60_000 });
    await until(async () => (await readings(live)).includes('count from.env +1'));
  });
});

describe('clients of Node', () => {
  it('hot-shots', async () => {
    await using live = await startLive();
    const path = createRequire(new URL('../../../testkit/package.json', import.meta.url)).resolve(
      'hot-shots',
    );
    const code = `const { StatsD } = require(${JSON.stringify(path)});
const s = new StatsD({ host: '127.0.0.1', port: ${live.live.statsdPort}, prefix: 'js.', includeDatadogTelemetry: false });
s.increment('hits', 3); s.decrement('hits'); s.timing('lat', 320); s.gauge('jobs', 10);
s.gaugeDelta('jobs', 5); s.gaugeDelta('jobs', -3); s.set('users', 'me'); s.histogram('h', 2); s.distribution('d', 3);
s.gauge('tagged', -4, ['role:web', 'role:db']); s.event('Deploy', 'v1'); s.check('db', s.CHECKS.OK);
s.close(() => {});`;
    const read = await sent(live, 12, process.execPath, ['-e', code]);
    // Each call is a datagram of its own, and the tags of the client's process may come on top.
    for (const one of [
      'count js.hits +3',
      'count js.hits -1',
      'timing js.lat of 320',
      'gauge js.jobs = 10',
      'gauge js.jobs, changed by +5',
      'gauge js.jobs, changed by -3',
      'set js.users has the member me',
      'histogram js.h of 2',
      'distribution js.d of 3',
      'gauge js.tagged = -4; tags role=db, role=web',
      'event Deploy',
      'service check js.db',
    ]) {
      expect(
        read.some((line) => line.startsWith(one.replace(/^(event|service check) .*/, '$1'))),
        one,
      ).toBe(true);
    }
    expect(await last(live, 'js.jobs')).toBe(12);
    expect(await last(live, 'js.tagged')).toBe(-4);
  });

  it('statsd-client', async () => {
    const installed = await installedFolder('statsd-client', {
      private: true,
      dependencies: { 'statsd-client': '0.4.7' },
    });
    await using live = await startLive();
    const code = `const SDC = require(${JSON.stringify(join(installed, 'node_modules/statsd-client'))});
const s = new SDC({ host: '127.0.0.1', port: ${live.live.statsdPort}, prefix: 'sc' });
s.increment('hits', 3); s.decrement('hits'); s.timing('lat', 320); s.gauge('jobs', 10);
s.gaugeDelta('jobs', 5); s.gaugeDelta('jobs', -3); s.set('users', 'me'); s.close();`;
    expect(await sent(live, 7, process.execPath, ['-e', code])).toEqual([
      'count sc.hits +3',
      'count sc.hits -1',
      'timing sc.lat of 320',
      'gauge sc.jobs = 10',
      'gauge sc.jobs, changed by +5',
      'gauge sc.jobs, changed by -3',
      'set sc.users has the member me',
    ]);
    expect(await last(live, 'sc.jobs')).toBe(12);
  });

  it('through a Unix datagram socket', async () => {
    const path = join(folder, 'dsd.socket');
    await using live = await startLive({ unixDatagram: path });
    const code = `const { createSocket } = require(${JSON.stringify(createRequire(import.meta.url).resolve('unix-dgram'))});
const s = createSocket('unix_dgram');
for (let i = 0; i < 5; i++) s.send(Buffer.from('a:1|c\\nb:' + i + '|ms|#k:v'), 0, Buffer.byteLength('a:1|c\\nb:' + i + '|ms|#k:v'), ${JSON.stringify(path)}, (error) => { if (error) throw error; });
s.close();`;
    const read = await sent(live, 10, process.execPath, ['-e', code]);
    expect(read.filter((one) => one === 'count a +1')).toHaveLength(5);
    await expect(startLive({ unixDatagram: join(folder, 'none', 'dsd.socket') })).rejects.toMatchObject({
      code: 'CANNOT_LISTEN',
    });
  });
});
