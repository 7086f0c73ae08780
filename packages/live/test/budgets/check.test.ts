import { describe, expect, it } from 'vitest';
import { startLive } from '../helpers.ts';
import { datagrams, latencies } from './latency.ts';

/** What docs/budgets.md asks for where p95 is twice the median and the limit 10 % above the healthy p95. */
const SAMPLES = 1250;
const ROUTES = { '/home': 100, '/users/:id': 40, '/report': 400 };
const SPREAD = 2;
const ROOM = 1.1;

const budgets = {
  routes: Object.fromEntries(
    Object.entries(ROUTES).map(([route, median]) => [
      `GET ${route}`,
      { wall: { p50: median * ROOM, p95: median * SPREAD * ROOM }, errors: '1%' },
    ]),
  ),
};

describe('at the documented sample size', () => {
  it('20 of 20 healthy runs pass, 20 of 20 with one route 30 % slower fail, on that route alone', async () => {
    await using server = await startLive({ budgets });
    const run = async (seed: number, slower: string | undefined) => {
      await server.get('/api/reset', { method: 'POST' });
      for (const [i, [route, median]] of Object.entries(ROUTES).entries()) {
        const factor = route === slower ? 1.3 : 1;
        await server.send(...datagrams(route, latencies(seed * 10 + i, SAMPLES, median * factor, SPREAD)));
      }
      const { verdicts, unmatched } = await server.live.checkBudgets();
      expect(unmatched).toEqual([]);
      expect(verdicts).toHaveLength(9);
      expect(verdicts.every(({ count }) => count === SAMPLES)).toBe(true);
      return verdicts.flatMap((one) =>
        one.state === 'over' ? [`${one.subject.route} ${one.limit.measure}`] : [],
      );
    };
    const names = Object.keys(ROUTES);
    for (let seed = 1; seed <= 20; seed++) {
      expect(await run(seed, undefined), `healthy run ${seed}`).toEqual([]);
      const slower = names[seed % names.length]!;
      const over = await run(100 + seed, slower);
      expect(over, `slower run ${seed}`).toContain(`${slower} wall p95`);
      expect(over.every((one) => one.startsWith(slower))).toBe(true);
    }
  });

  it('blocks and CPU are judged too, in a route and over all, without the prefix', async () => {
    await using server = await startLive({
      budgets: {
        minRequests: 10,
        routes: { 'GET /home': { cpu: { p95: 5 }, blocks: { feed: { wall: { p50: 5 }, errors: 0 } } } },
        blocks: { 'f*': { cpu: { p50: 5 } } },
      },
    });
    const tags = (more = '') => `|d|#http_route:/home,http_method:GET${more}`;
    const line = (name: string, value: number, more?: string) =>
      `shop.${name}:${Array(30).fill(value).join(':')}${tags(more)}`;
    await server.send(
      line('http.server.request', 20, ',http_status_code:200'),
      line('http.server.request.cpu', 9),
      line('feed', 8),
      line('feed', 2, ',error:TypeError'),
      line('feed.cpu', 1),
    );
    const { verdicts } = await server.live.checkBudgets();
    const brief = verdicts.map(({ subject, limit, state, count }) => [
      subject.route ?? '*',
      subject.block ?? '',
      limit.measure,
      state,
      count,
    ]);
    expect(brief.sort()).toEqual([
      ['*', 'feed', 'cpu p50', 'ok', 30],
      ['/home', '', 'cpu p95', 'over', 30],
      ['/home', 'feed', 'errors', 'over', 60],
      ['/home', 'feed', 'wall p50', 'ok', 60],
    ]);
  });

  it('a percentile near its limit is not over: sketches are within 1 %, and so much is forgiven', async () => {
    await using server = await startLive({ budgets: { routes: { '/home': { wall: { p50: 100 } } } } });
    await server.send(...datagrams('/home', Array(2000).fill(100.9)));
    expect((await server.live.checkBudgets()).verdicts[0]!.state).toBe('ok');
    await server.send(...datagrams('/home', Array(4000).fill(103)));
    expect((await server.live.checkBudgets()).verdicts[0]!.state).toBe('over');
  });
});
