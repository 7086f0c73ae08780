import { type ChildProcess, exec, execFile, execFileSync, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { type Operations, sourceContract } from '../contract.ts';
import { openStage } from '../stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'routemeter-processes-'));
const child = join(folder, 'child.cjs');
writeFileSync(
  child,
  "process.on('message', (message) => process.send(message)); setTimeout(() => {}, 60000); process.send('ready')",
);
afterAll(() => rmSync(folder, { recursive: true }));

const run = promisify(execFile);
const shell = promisify(exec);

async function rowsOf(use: () => unknown) {
  const stage = await openStage({ '/ask': use });
  try {
    await stage.get('/ask');
    return (await stage.rows()).map(({ name, count, errors }) => ({ name, count, errors }));
  } finally {
    await stage.stop();
  }
}

/** Settled when the child is gone, however. */
const gone = (process: ChildProcess) =>
  new Promise((settled) => process.on('error', settled).on('exit', settled));

describe('child_process', () => {
  sourceContract({
    title: 'child_process: execFile',
    modules: [],
    names: { quick: 'process true', slow: 'process sleep', failing: 'process false' },
    error: 'EXIT_1',
    connections: [1],
    open: async (): Promise<Operations> => ({
      quick: () => run('true'),
      slow: (ms) => run('sleep', [String(ms / 1000)]),
      failing: () => run('false'),
      secret: async (secret) => {
        await run('echo', [secret], { env: { ...process.env, TOKEN: secret } });
        await shell(`TOKEN=${secret} true # ${secret}`);
        await run(`/nowhere/${secret}/program`).catch(() => {});
        await run('cat', [`/nowhere/${secret}`]).catch(() => {});
      },
      close: async () => {},
    }),
  });

  const cases: Array<[string, () => unknown, Array<{ name: string; errors?: string[] }>]> = [
    ['spawn', () => once(spawn('true'), 'exit'), [{ name: 'process true' }]],
    ['a path is told by its base name', () => run('/bin/true'), [{ name: 'process true' }]],
    ['exec is its shell', () => shell('true'), [{ name: 'process sh' }]],
    [
      'a program that is not there',
      () => gone(spawn('no-such-program')),
      [{ name: 'process no-such-program', errors: ['ENOENT'] }],
    ],
    ['a name that is none', () => gone(spawn('a b $c')), [{ name: 'process other', errors: ['ENOENT'] }]],
    ['an exit code', () => shell('exit 3').catch(() => {}), [{ name: 'process sh', errors: ['EXIT_3'] }]],
    [
      'a signal',
      () => {
        const sleeping = spawn('sleep', ['60']);
        sleeping.kill('SIGKILL');
        return gone(sleeping);
      },
      [{ name: 'process sleep', errors: ['SIGKILL'] }],
    ],
    [
      'a time-out',
      () => run('sleep', ['60'], { timeout: 20 }).catch(() => {}),
      [{ name: 'process sleep', errors: ['SIGTERM'] }],
    ],
    [
      'an abort',
      () => run('sleep', ['60'], { signal: AbortSignal.timeout(20) }).catch(() => {}),
      [{ name: 'process sleep', errors: ['ABORT_ERR'] }],
    ],
    [
      'the synchronous forms hold the loop, and are no wait',
      () => {
        execFileSync('true');
        spawnSync('true');
      },
      [],
    ],
    [
      'what is not waited for is no call',
      () => {
        const sleeping = spawn('sleep', ['0.01'], { detached: true, stdio: 'ignore' });
        sleeping.unref();
        return gone(sleeping);
      },
      [],
    ],
  ];
  test.each(cases)('%s', async (_title, use, expected) => {
    expect(await rowsOf(use)).toEqual(expected.map(({ name, errors = [] }) => ({ name, count: 1, errors })));
  });

  test('fork is a wait until it exits; one that outlives its request is a worker', async () => {
    let worker: ChildProcess | undefined;
    const stage = await openStage({
      '/job': async () => {
        const job = fork(child);
        await once(job, 'message');
        job.kill();
        await once(job, 'exit');
      },
      '/worker': async () => {
        worker = fork(child);
        await once(worker, 'message');
      },
    });
    try {
      await stage.get('/job');
      await stage.get('/worker');
      worker!.kill();
      await once(worker!, 'exit');
      expect((await stage.rows()).map(({ route, name, errors }) => ({ route, name, errors }))).toEqual([
        { route: '/job', name: 'process node', errors: ['SIGTERM'] },
      ]);
    } finally {
      await stage.stop();
    }
  });

  test('errors of signals and messages do not end it', async () => {
    const rows = await rowsOf(async () => {
      const job = fork(child);
      await once(job, 'message');
      job.on('error', () => {});
      job.disconnect();
      job.send('too late');
      await new Promise(setImmediate);
      job.kill('SIGKILL');
      await once(job, 'exit');
    });
    expect(rows).toEqual([{ name: 'process node', count: 1, errors: ['SIGKILL'] }]);
  });
});
