import { describe, expect, it } from 'vitest';
import type { Change, LimitState } from '../../src/budgets/watch.ts';
import { BreachProfiles } from '../../src/profiles/on-breach.ts';
import { Profiles } from '../../src/profiles/profiles.ts';
import { createLiveServer } from '../../src/server.ts';
import { startLive, until } from '../helpers.ts';
import { thread } from './thread.ts';

const change = (measure: string, event: Change['event'] = 'breach'): Change => ({
  event,
  at: 0,
  limit: { measure, text: `GET /home: ${measure} is 40 ms` } as LimitState,
});

describe('a budget of CPU that is exceeded', () => {
  it('has a profile that tells what it was taken for', async () => {
    await using live = await startLive({
      budgets: {
        routes: { 'GET /home': { window: '2s', minRequests: 20, cpu: { p95: '10ms' }, wall: { p95: '1s' } } },
      },
      profileOnBreach: true,
    });
    const app = await thread((await live.live.takeOrders())!);
    const tags = 'http_route:/home,http_method:GET,http_status_code:200';
    let isOver = false;
    const order = app.next().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await live.send(
        `http.server.request:50:50|d|#${tags}\nhttp.server.request.cpu:40:40|d|#http_route:/home,http_method:GET`,
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await order).toEqual({ id: 1, profile: { seconds: 10, interval: 1, force: false } });
    const { profiles } = (await live.get('/api/profiles')).body;
    expect(profiles).toHaveLength(1);
    expect(profiles[0].cause).toMatch(/^GET \/home: cpu p95 is [\d.]+ ms.*; the limit is 10 ms$/);
  });

  it('has one in a minute, and no other budget has any', async () => {
    let now = 0;
    const warnings: string[] = [];
    const profiles = new Profiles(() => now);
    const breaches = new BreachProfiles({ profiles, clock: () => now, warn: (text) => warnings.push(text) });
    // Said once: nothing that could be profiled is there.
    for (let n = 0; n < 2; n++) breaches.tell(change('cpu p95'));
    expect(warnings).toEqual([expect.stringMatching(/^--profile-on-breach: no application takes orders/)]);

    const app = await thread(await profiles.open());
    await until(() => profiles.threads().length === 1);
    breaches.tell(change('wall p95'));
    breaches.tell(change('cpu p95', 'recovery'));
    expect(profiles.list()).toEqual([]);
    breaches.tell(change('cpu p95'));
    await app.next();
    expect(profiles.list().map(({ cause }) => cause)).toEqual(['GET /home: cpu p95 is 40 ms']);
    const settle = (id: number) => {
      app.say({ id, error: { code: 'STALL', message: 'too long' } });
      return until(() => profiles.entry(String(id)).state === 'failed');
    };
    await settle(1);
    now = 59_999;
    breaches.tell(change('cpu p50'));
    expect(profiles.list()).toHaveLength(1);
    now = 60_000;
    breaches.tell(change('cpu p50'));
    expect(profiles.list()).toHaveLength(2);
    // While one runs there is no other, and nothing to say.
    now = 130_000;
    breaches.tell(change('cpu p50'));
    expect(profiles.list()).toHaveLength(2);
    expect(warnings).toHaveLength(1);
    await profiles.close();
  });

  it('has to be given', async () => {
    await expect(createLiveServer({ port: 0, statsdPort: 0, profileOnBreach: true })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining('there are no budgets to exceed'),
    });
  });
});
