import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LiveOptions } from '../../src/options.ts';
import { build, CLI } from '../cli/built.ts';
import { startProgram } from '../cli/command.ts';
import { type Json, startLive, until } from '../helpers.ts';

beforeAll(build);

const TOKEN = 'a-token-of-profiles';
const TOLD = fileURLToPath(new URL('./apps/told.cjs', import.meta.url));
const SERVER = fileURLToPath(new URL('./apps/server.cjs', import.meta.url));

/** An application that was started by nobody of us, and takes orders by the options of its meter. */
async function told(profileUrl: string, profileToken = TOKEN) {
  const app = startProgram([process.execPath, TOLD], {
    env: { PROFILE_URL: profileUrl, PROFILE_TOKEN: profileToken },
  });
  await until(() => app.out.stdout.includes('listens on'));
  const port = /listens on (\d+)/.exec(app.out.stdout)![1];
  return { ...app, ask: (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then((r) => r.text()) };
}

async function ordered(options: LiveOptions = {}) {
  const live = await startLive({ profileToken: TOKEN, ...options });
  const threads = async (): Promise<Json[]> => (await live.get('/api/profiles')).body.threads;
  const post = (body: object) => live.get('/api/profiles', { method: 'POST', body: JSON.stringify(body) });
  return { ...live, url: live.live.url, threads, post };
}

/** What a program says to the port of the page, byte by byte, and hears. */
async function spoken(url: string, text: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const heard = { text: '', closed: false };
  socket.setEncoding('latin1').on('data', (chunk) => {
    heard.text += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    heard.closed = true;
  });
  socket.write(text);
  return { socket, heard };
}

const NONCE = '0123456789abcdef'.repeat(2);
const asked = (headers = `Routemeter-Nonce: ${NONCE}\r\n`) =>
  `GET /api/profiles/orders HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: routemeter-orders\r\n${headers}\r\n`;

describe('an application that was started by somebody else', () => {
  it('takes orders of a live server that knows its token, and ends as it always did', async () => {
    await using live = await ordered();
    const app = await told(live.url);
    await until(async () => (await live.threads()).length === 1);
    const [thread] = await live.threads();
    expect(thread).toMatchObject({ pid: app.child.pid, thread: 0, host: hostname(), program: TOLD });
    expect((await live.post({ host: 'elsewhere' })).body.error.message).toMatch(/^no on elsewhere|^no /);
    const { id } = (await live.post({ seconds: 2, force: true, host: hostname(), program: 'told.cjs' })).body;
    const entry = async () => (await live.get(`/api/profiles/${id}`)).body;
    while ((await entry()).state === 'running') await app.ask('/told');
    const { threads, units } = await entry();
    expect(threads[0]).toMatchObject({ state: 'done', error: null, pid: app.child.pid });
    expect(units.map(({ name }: Json) => name)).toContain('/told');
    await app.ask('/end');
    expect(await app.closed).toBe(0);
    await until(async () => (await live.threads()).length === 0);
  });

  it('is asked from the command line, for its slowest requests alone', async () => {
    await using live = await ordered();
    const app = await told(live.url);
    await until(async () => (await live.threads()).length === 1);
    const args = ['profile', '--url', live.url, '--seconds', '2', '--force', '--program', 'told.cjs'];
    const one = startProgram([process.execPath, CLI, ...args, '--route', 'GET /told', '--pace', 'slow']);
    let isOver = false;
    void one.closed.then(() => {
      isOver = true;
    });
    while (!isOver) await app.ask('/told');
    expect(await one.closed, one.out.stderr).toBe(0);
    expect(one.out.stdout).toMatch(
      /^GET \/told: \d+ of \d+ took longer than [\d.]+ ms; each used [\d.]+ ms of CPU/m,
    );
    expect(one.out.stdout).toMatch(/^(computeTold|\(anonymous\)) .*told\.cjs:\d+$/m);
    const wrong = startProgram([process.execPath, CLI, 'profile', '--pace', 'fast']);
    expect(await wrong.closed).toBe(2);
    expect(wrong.out.stderr).toContain('slow, usual');
  });

  it('takes orders in each process of a cluster, by the environment, and again after the server is back', async () => {
    const first = await ordered();
    const app = startProgram([process.execPath, '--import', 'routemeter/register', SERVER], {
      env: {
        HOW: 'cluster',
        ROUTEMETER_URL: 'null:',
        ROUTEMETER_PROFILE_URL: first.url,
        ROUTEMETER_PROFILE_TOKEN: TOKEN,
      },
    });
    await until(async () => (await first.threads()).length === 2);
    const pids = (await first.threads()).map(({ pid }) => pid).sort();
    expect(new Set(pids).size).toBe(2);
    const port = Number(new URL(first.url).port);
    await first[Symbol.asyncDispose]();
    await using again = await ordered({ port });
    // A connection that was kept to the former server is tried first.
    await until(async () => (await again.threads().catch(() => [])).length === 2);
    expect((await again.threads()).map(({ pid }) => pid).sort()).toEqual(pids);
    app.child.kill();
  });

  it('takes no orders with another token, and says so', async () => {
    await using live = await ordered();
    const app = await told(live.url, 'another-token-of-theirs');
    await until(() => app.out.stderr.includes('RM_PROFILE_ORDERS'));
    expect(app.out.stderr).toContain('it does not know the token');
    expect(app.out.stderr).not.toContain('another-token-of-theirs');
    expect(await live.threads()).toEqual([]);
    await app.ask('/end');
    expect(await app.closed).toBe(0);
  });

  it('says nothing to a server that only claims to know it', async () => {
    const heard: string[] = [];
    const closed: string[] = [];
    const fake = createServer((socket: Socket) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        if (!text.endsWith('\r\n\r\n')) return;
        heard.push(text);
        const lines = [
          'HTTP/1.1 101 Switching Protocols',
          'Connection: Upgrade',
          'Upgrade: routemeter-orders',
        ];
        const proof = createHmac('sha256', 'not the token').update('whatever').digest('hex');
        socket.write(
          [...lines, `Routemeter-Nonce: ${NONCE}`, `Routemeter-Proof: ${proof}`, '\r\n'].join('\r\n'),
        );
      });
      socket.on('error', () => {});
      socket.on('close', () => closed.push(text));
    });
    fake.listen(0, '127.0.0.1');
    await once(fake, 'listening');
    const app = await told(`http://127.0.0.1:${(fake.address() as AddressInfo).port}`);
    await until(() => closed.length === 1);
    expect(closed).toEqual(heard);
    expect(heard[0]).not.toContain(TOKEN);
    await app.ask('/end');
    expect(await app.closed).toBe(0);
    fake.close();
  });

  it('ends by itself where no server is there, or none that takes applications', async () => {
    await using without = await startLive();
    for (const url of ['http://127.0.0.1:9', without.live.url]) {
      const app = await told(url);
      if (url !== 'http://127.0.0.1:9') await until(() => app.out.stderr.includes('--profile-token'));
      await app.ask('/end');
      expect(await app.closed).toBe(0);
    }
  });

  it('takes them as long as one of its meters is open, and none after that', async () => {
    await using live = await ordered();
    const app = await told(live.url);
    await until(async () => (await live.threads()).length === 1);
    await app.ask('/close');
    // By the other meter, which stood by: the closed one would refuse.
    const state = async () => {
      const { id } = (await live.post({ seconds: 1, force: true })).body;
      if (id === undefined) return 'none';
      const entry = async () => (await live.get(`/api/profiles/${id}`)).body;
      await until(async () => (await entry()).state !== 'running');
      return (await entry()).threads[0].state;
    };
    await until(async () => (await state()) === 'done');
    await app.ask('/close-other');
    await until(async () => (await live.threads()).length === 0);
  });
});

describe('the port of the page', () => {
  it('refuses what shows no proof of the token', async () => {
    await using live = await ordered();
    for (const headers of ['', 'Routemeter-Nonce: short\r\n']) {
      const { heard } = await spoken(live.url, asked(headers));
      await until(() => heard.closed);
      expect(heard.text).toMatch(/^HTTP\/1\.1 400 /);
    }
    // The token itself, nothing, a line without an end, and what a former connection showed.
    const hellos = [
      `{"token":"${TOKEN}"}\n`,
      '{"id":1}\n',
      'x'.repeat(5000),
      `{"token":"${'0'.repeat(64)}"}\n`,
    ];
    for (const hello of hellos) {
      const { heard } = await spoken(live.url, asked() + hello);
      await until(() => heard.closed);
      expect(heard.text).toMatch(/^HTTP\/1\.1 101 /);
    }
    expect(await live.threads()).toEqual([]);
  });

  it('has room for so many applications', async () => {
    await using live = await ordered();
    const sockets: Socket[] = [];
    for (let i = 0; i < 256; i++) {
      const { socket, heard } = await spoken(live.url, asked());
      sockets.push(socket);
      await until(() => heard.text !== '');
    }
    const more = await spoken(live.url, asked());
    await until(() => more.heard.closed);
    expect(more.heard.text).toMatch(/^HTTP\/1\.1 503 /);
    for (const socket of sockets) socket.destroy();
  });

  it('counts a thread once that comes by two ways, and the newer of them', async () => {
    await using live = await ordered();
    const hello = async (pid: number, instance: string) => {
      const one = await spoken(live.url, asked());
      await until(() => one.heard.text.endsWith('\r\n\r\n'));
      const nonce = /Routemeter-Nonce: (\w+)/.exec(one.heard.text)![1];
      const token = createHmac('sha256', TOKEN)
        .update(`routemeter-orders application ${nonce} ${NONCE}`)
        .digest('hex');
      one.socket.write(
        `${JSON.stringify({ token, instance, pid, thread: 0, program: '/a.js', node: '24' })}\n`,
      );
      return one;
    };
    await hello(1, 'one');
    await until(async () => (await live.threads()).length === 1);
    await hello(2, 'one');
    await until(async () => (await live.threads())[0]?.pid === 2);
    expect(await live.threads()).toHaveLength(1);
    await hello(1, 'other');
    await until(async () => (await live.threads()).length === 2);
  });

  it('answers requests that offer another protocol as it always did', async () => {
    for (const options of [{}, { profileToken: TOKEN }]) {
      await using live = await startLive(options);
      const offer =
        'Host: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
      const body = '{"seconds":99}';
      const { socket, heard } = await spoken(
        live.live.url,
        `POST /api/profiles HTTP/1.1\r\n${offer}Content-Length: ${body.length}\r\n\r\n${body}`,
      );
      await until(() => heard.text.includes('must be a number of seconds'));
      expect(heard.text).toMatch(/^HTTP\/1\.1 400 /);
      heard.text = '';
      socket.write(`GET /livez HTTP/1.1\r\n${offer}\r\n`);
      await until(() => heard.text.includes('"ok"'));
      expect(heard.text).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    }
  });
});
