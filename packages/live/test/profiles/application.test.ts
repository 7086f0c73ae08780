import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { build, CLI } from '../cli/built.ts';
import { start, startProgram } from '../cli/command.ts';
import { type Json, until } from '../helpers.ts';

beforeAll(build);

const APP = fileURLToPath(new URL('./apps/server.cjs', import.meta.url));

/** An application under the command, and requests to all of its servers until `rest` is called. */
async function running(how: string, servers: number) {
  const program = start(['--port', '0', process.execPath, APP], { HOW: how });
  const { url } = await program.addresses('stderr');
  const ports = () => [...program.out.stdout.matchAll(/listens on (\d+)/g)].map(([, port]) => port!);
  await until(() => ports().length === servers);
  let isOver = false;
  const loads = [...new Set(ports())].flatMap((port) =>
    ['/sum', '/program'].map(async (path) => {
      while (!isOver) {
        await fetch(`http://127.0.0.1:${port}${path}`).then(
          (answer) => answer.arrayBuffer(),
          // It ended.
          () => {},
        );
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }),
  );
  const get = async (path: string, init?: RequestInit): Promise<Json> =>
    (await fetch(url + path, init)).json() as Promise<Json>;
  return {
    ...program,
    url,
    get,
    ports: () => ports().map(Number),
    /** The application ends by itself; resolves with its exit code. */
    async end(): Promise<number> {
      isOver = true;
      await Promise.allSettled(loads);
      for (const port of new Set(ports())) await fetch(`http://127.0.0.1:${port}/end`).catch(() => {});
      return program.closed;
    },
    rest: async () => {
      isOver = true;
      await Promise.allSettled(loads);
    },
  };
}

async function taken(
  get: (path: string, init?: RequestInit) => Promise<Json>,
  threads: number,
): Promise<Json> {
  await until(async () => (await get('/api/profiles')).threads.length === threads);
  const { id } = await get('/api/profiles', {
    method: 'POST',
    body: JSON.stringify({ seconds: 2, force: true }),
  });
  await until(async () => (await get(`/api/profiles/${id}`)).state !== 'running');
  return get(`/api/profiles/${id}`);
}

/** The TCP ports that a process listens on. */
async function portsOf(pid: number): Promise<number[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => '')),
  );
  const own = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  return tables
    .flatMap((table) => table.split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === LISTENS && own.has(inode))
    .map(([, address]) => Number.parseInt(address!.split(':')[1]!, 16));
}
const LISTENS = '0A';

describe('an application that the command runs', () => {
  it('is profiled when it is asked, tells what blocks it, and ends as it always did', async () => {
    const app = await running('', 1);
    const profile = await taken(app.get, 1);
    expect(profile.threads[0]).toMatchObject({ state: 'done', error: null });
    const names = profile.units.map(({ method, name }: Json) => `${method} ${name}`);
    expect(names).toEqual(expect.arrayContaining(['GET /sum', 'GET /program']));
    const sum = await app.get(`/api/profiles/${profile.id}/flame?route=/sum&method=GET`);
    // What V8 has put into its caller by then has the caller's name.
    const own = sum.functions.filter(({ file }: Json) => file === APP);
    expect(own.reduce((ms: number, { self }: Json) => ms + self.cpu, 0)).toBeGreaterThan(sum.cpu / 2);
    const program = await app.get(`/api/profiles/${profile.id}/flame?route=/program&method=GET`);
    expect(program.holds[0]).toMatchObject({ call: 'spawnSync', caller: { name: 'callProgram', file: APP } });
    // No port but its own.
    if (process.platform === 'linux') expect(await portsOf(profile.threads[0].pid)).toEqual(app.ports());
    // The way of orders does not keep it alive.
    expect(await app.end()).toBe(0);
  });

  it('is asked in each process of a cluster, whose own messages are left alone', async () => {
    const app = await running('cluster', 2);
    const profile = await taken(app.get, 2);
    expect(profile.threads.map(({ state }: Json) => state)).toEqual(['done', 'done']);
    expect(new Set(profile.threads.map(({ pid }: Json) => pid)).size).toBe(2);
    await app.rest();
    const messages = app.out.stdout.split('\n').filter((line) => line.startsWith('message'));
    expect(messages.sort()).toEqual(profile.threads.map(({ pid }: Json) => `message {"own":${pid}}`).sort());
  });

  it('is asked in each of its threads', async () => {
    const app = await running('threads', 2);
    const profile = await taken(app.get, 2);
    expect(profile.threads.map(({ state }: Json) => state)).toEqual(['done', 'done']);
    expect(profile.threads.map(({ thread }: Json) => thread).sort()).toEqual([1, 2]);
    expect(await app.end()).toBe(0);
  });

  it('is profiled from the command line', async () => {
    const app = await running('', 1);
    await until(async () => (await app.get('/api/profiles')).threads.length === 1);
    const file = join(tmpdir(), `routemeter-${process.pid}.cpuprofile`);
    const args = ['profile', '--url', app.url, '--seconds', '2', '--force'];
    const one = startProgram([process.execPath, CLI, ...args, '--route', 'GET /sum', '--out', file]);
    expect(await one.closed, one.out.stderr).toBe(0);
    expect(one.out.stdout).toMatch(/^function +self % +self ms +total ms +where$/m);
    expect(one.out.stdout).toMatch(/^(computeSum|\(anonymous\)) .*server\.cjs:\d+$/m);
    const { nodes } = JSON.parse(await readFile(file, 'utf8')) as {
      nodes: { callFrame: { url: string } }[];
    };
    expect(nodes.some(({ callFrame }) => callFrame.url.endsWith('server.cjs'))).toBe(true);
    await rm(file);

    const folded = file.replace('.cpuprofile', '.folded');
    const all = startProgram([process.execPath, CLI, ...args, '--out', folded]);
    expect(await all.closed, all.out.stderr).toBe(0);
    expect(all.out.stdout).toMatch(/^GET \/sum +[\d.]+ +[\d.]+ +\d+$/m);
    expect(all.out.stdout).toMatch(
      /^GET \/program holds the loop [\d.]+ ms in spawnSync, called by callProgram at server\.cjs:\d+$/m,
    );
    const lines = (await readFile(folded, 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^\S.* \d+$/);
    await rm(folded);
    await app.rest();
  });

  it('is not there for the command line of another server', async () => {
    const alone = start(['--port', '0', '--statsd-port', '0']);
    const { url } = await alone.addresses('stdout');
    const { out, closed } = startProgram([process.execPath, CLI, 'profile', '--url', url, '--seconds', '1']);
    expect(await closed).toBe(1);
    expect(out.stderr).toContain('no application takes orders of this server');
    const wrong = startProgram([process.execPath, CLI, 'profile', '--seconds', '99']);
    expect(await wrong.closed).toBe(2);
    expect(wrong.out.stderr).toContain('Give seconds from 0.1 to 30.');
  });
});
