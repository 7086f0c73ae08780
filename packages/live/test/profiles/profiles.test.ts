import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startLive, until } from '../helpers.ts';
import { DATA, PACED, thread } from './thread.ts';

/** A server that an application takes orders of. */
async function ordered() {
  const live = await startLive();
  const address = (await live.live.takeOrders())!;
  const post = (path: string, body: object = {}, headers: Record<string, string> = {}) =>
    live.get(path, { method: 'POST', body: JSON.stringify(body), headers });
  const threads = async () =>
    (await live.get('/api/profiles')).body.threads as { pid: number; expected: number }[];
  return { ...live, address, post, threads };
}

describe('orders for profiles', () => {
  it('go to every thread, and what comes back is one profile', async () => {
    await using live = await ordered();
    const [one, two] = [await thread(live.address, 11), await thread(live.address, 12)];
    await until(async () => (await live.threads()).length === 2);
    expect((await live.threads())[0]).toMatchObject({
      pid: 11,
      thread: 0,
      program: '/app/server.js',
      expected: 50,
    });

    const started = await live.post('/api/profiles', { seconds: 3 });
    expect(started.status).toBe(200);
    expect(started.body).toMatchObject({ id: '1', state: 'running', seconds: 3, interval: 1 });
    const order = await one.next();
    expect(order).toEqual({ id: 1, profile: { seconds: 3, interval: 1, force: false } });
    expect(await two.next()).toEqual(order);
    expect((await live.post('/api/profiles')).body.error.code).toBe('PROFILE_RUNS');
    expect((await live.get('/api/profiles/1/flame')).body.error.code).toBe('NOT_DONE');

    one.say({ id: 1, started: { held: 12 } });
    await until(async () => (await live.get('/api/profiles/1')).body.threads[0].state === 'running');
    one.say({ id: 1, data: [DATA] });
    two.say({ id: 1, data: [DATA] });
    await until(async () => (await live.get('/api/profiles/1')).body.state === 'done');
    const { body } = await live.get('/api/profiles/1');
    expect(body.threads[0].held).toBe(12);
    expect(body.units[0]).toMatchObject({
      kind: 'http',
      method: 'POST',
      name: '/report',
      samples: 18,
      cpu: 18,
      stalled: 8,
    });
    expect(body.units[0].blocks).toEqual([{ name: 'sum', samples: 6, cpu: 6, stalled: 0 }]);
  });

  it('tell what slow requests did apart from the others', async () => {
    await using live = await ordered();
    const app = await thread(live.address);
    await until(async () => (await live.threads()).length === 1);
    await live.post('/api/profiles');
    const { id } = await app.next();
    app.say({ id, data: [PACED, { ...PACED, paces: [{ ...PACED.paces![0]!, from: 90 }] }] });
    await until(async () => (await live.get('/api/profiles')).body.profiles[0].state === 'done');
    // Of two threads.
    const { body } = await live.get('/api/profiles/1');
    expect(body.units[0].slow).toEqual({ count: 2, of: 40, from: 90, samples: 4, cpu: 0, stalled: 8 });
    expect(body.units[1].slow).toBeNull();

    const functions = async (pace: string) => {
      const { body } = await live.get(`/api/profiles/1/flame?route=/report&pace=${pace}`);
      return body.functions.map(({ name }: { name: string }) => name).sort();
    };
    expect(await functions('slow')).toEqual(['report', 'spawnSync']);
    expect(await functions('usual')).toEqual(['report', 'sum']);
    const file = await live.get('/api/profiles/1/cpuprofile?route=/report&pace=slow');
    expect(file.headers.get('content-disposition')).toContain('profile-1-report-slow.cpuprofile');
    expect((await live.get('/api/profiles/1/flame?pace=fast')).body.error.code).toBe('BAD_PARAMETER');
  });

  it('are answered in views of a route and of a block', async () => {
    await using live = await ordered();
    const app = await thread(live.address);
    await until(async () => (await live.threads()).length === 1);
    await live.post('/api/profiles');
    const { id } = await app.next();
    app.say({ id, data: [DATA] });
    await until(async () => (await live.get('/api/profiles')).body.profiles[0].state === 'done');

    const flame = await live.get('/api/profiles/1/flame?route=/report&method=post');
    expect(flame.body).toMatchObject({
      id: '1',
      route: '/report',
      method: 'POST',
      samples: 9,
      cpu: 9,
      stalled: 4,
    });
    expect(flame.body.tree.children.map((child: { name: string }) => child.name)).toEqual(['report']);
    expect(flame.body.functions[0]).toMatchObject({
      name: 'report',
      self: { samples: 4, cpu: 6, stalled: 0 },
    });
    expect(flame.body.holds).toEqual([
      {
        call: 'spawnSync',
        caller: { name: 'report', file: '/app/report.js', line: 41 },
        unit: { kind: 'http', name: '/report', method: 'POST' },
        count: 1,
        total: 4,
        longest: 4,
      },
    ]);
    const block = await live.get('/api/profiles/1/flame?route=/report&method=POST&block=sum');
    expect(block.body).toMatchObject({ samples: 3, cpu: 3, stalled: 0 });
    expect((await live.get('/api/profiles/1/flame?route=/none')).status).toBe(404);

    const file = await fetch(`${live.live.url}/api/profiles/1/cpuprofile?route=/report&method=POST`);
    expect(file.headers.get('content-disposition')).toBe(
      'attachment; filename="profile-1-POST-report.cpuprofile"',
    );
    const { nodes, samples, timeDeltas } = (await file.json()) as Record<string, unknown[]>;
    expect(nodes!.length).toBe(5);
    expect(samples!.length).toBe(timeDeltas!.length);
    const folded = await fetch(`${live.live.url}/api/profiles/1/folded?route=/report`);
    expect(folded.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect((await folded.text()).split('\n').sort()).toEqual([
      '',
      'report (report.js:41) 6000',
      'report (report.js:41);spawnSync (node:child_process:8) 4000',
      'report (report.js:41);sum (sum.js:3) 3000',
    ]);
  });

  it('can be ended early, refused by the application, and lost with it', async () => {
    await using live = await ordered();
    const app = await thread(live.address);
    await until(async () => (await live.threads()).length === 1);
    await live.post('/api/profiles');
    await app.next();
    await live.post('/api/profiles/1/stop');
    expect(await app.next()).toEqual({ id: 1, stop: true });
    app.say({
      id: 1,
      error: { code: 'RM_PROFILE_REFUSED', message: 'its start would hold the loop for 900 ms' },
    });
    await until(async () => (await live.get('/api/profiles/1')).body.state === 'failed');
    expect((await live.get('/api/profiles/1')).body.threads[0].error.message).toContain('900 ms');

    await live.post('/api/profiles');
    await app.next();
    app.socket.destroy();
    await until(async () => (await live.get('/api/profiles/2')).body.state === 'failed');
    expect((await live.get('/api/profiles/2')).body.threads[0].error.code).toBe('LOST');
    expect((await live.post('/api/profiles')).body.error.code).toBe('NO_APPLICATION');
  });

  it('of the past are kept up to a number, the newest', async () => {
    await using live = await ordered();
    const app = await thread(live.address);
    await until(async () => (await live.threads()).length === 1);
    for (let i = 1; i <= 25; i++) {
      await live.post('/api/profiles');
      const { id } = await app.next();
      app.say({ id, data: [DATA] });
      await until(async () => (await live.get(`/api/profiles/${i}`)).body.state === 'done');
    }
    const { profiles } = (await live.get('/api/profiles')).body;
    expect(profiles.map(({ id }: { id: string }) => id)).toEqual(
      Array.from({ length: 20 }, (_, i) => String(25 - i)),
    );
    expect((await live.get('/api/profiles/5')).status).toBe(404);
    expect((await live.get('/api/profiles/6')).status).toBe(200);
  });

  it('are taken of nobody without the token, and no noise reaches a profile', async () => {
    await using live = await ordered();
    const [token, path] = live.address.split('@');
    for (const hello of [
      `{"hello":1,"token":"${token!.slice(1)}x"}\n`,
      '{"id":1,"data":[]}\n',
      'noise\n',
      '\n',
    ]) {
      const socket = connect(path!);
      socket.on('error', () => {});
      socket.write(hello);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(await live.threads()).toEqual([]);
    const app = await thread(live.address);
    await until(async () => (await live.threads()).length === 1);
    await live.post('/api/profiles');
    const { id } = await app.next();
    app.say({ id: 'x', data: [DATA] });
    app.say({ id: id + 1, data: [DATA] });
    app.say({ id, data: 'none' });
    app.say({ id, data: [DATA] });
    await until(async () => (await live.get('/api/profiles/1')).body.state === 'done');
    expect((await live.get('/api/profiles')).body.profiles.length).toBe(1);
  });

  it('are refused with the reason where they make no sense or come from another page', async () => {
    await using live = await ordered();
    expect((await live.post('/api/profiles')).status).toBe(409);
    await thread(live.address);
    await until(async () => (await live.threads()).length === 1);
    for (const body of [{ seconds: 31 }, { seconds: '5' }, { interval: 0.1 }, { force: 1 }, { second: 3 }]) {
      const { status, body: answer } = await live.post('/api/profiles', body);
      expect([status, answer.error.code], JSON.stringify(body)).toEqual([400, 'BAD_PARAMETER']);
    }
    expect((await live.post('/api/profiles', { pid: 4 })).body.error.code).toBe('NO_APPLICATION');
    const foreign = { origin: 'http://evil.example' };
    expect((await live.post('/api/profiles', {}, foreign)).body.error.code).toBe('FOREIGN_ORIGIN');
    expect((await live.post('/api/profiles/1/stop', {}, foreign)).body.error.code).toBe('FOREIGN_ORIGIN');
    const wrong = await live.get('/api/profiles', { method: 'PUT' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await live.get('/api/profiles/7')).body.error.code).toBe('NOT_FOUND');
    expect((await live.get('/api/profiles/')).status).toBe(404);
  });

  it('need the token of the server, where it has one', async () => {
    await using live = await startLive({ token: 'a-token-of-sixteen' });
    for (const path of ['/api/profiles', '/api/profiles/1', '/api/profiles/1/cpuprofile']) {
      expect((await live.get(path)).status).toBe(401);
    }
    expect((await live.get('/api/profiles', { method: 'POST' })).status).toBe(401);
  });
});
