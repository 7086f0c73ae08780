import { describe, expect, it } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { FakeClock, type Json, startLive, until } from '../helpers.ts';

const missing = await debianPrograms(VICTORIA_PROGRAMS);
const HOME = 'http_route:/home,http_method:GET';
const CALL = `${HOME},db_system_name:postgresql,server_address:db,db_query_summary:SELECT users`;

describe.skipIf(missing !== null)('calls over an engine', () => {
  // The engine may begin a moment later than what is written to it: then once more, against another.
  it('are those of all collectors together', { retry: 2, timeout: 60_000 }, async () => {
    const engine = await startVictoriaMetrics();
    const clock = new FakeClock(Math.floor((Date.now() - 600_000) / 60_000) * 60_000);
    try {
      for (const host of ['web-1', 'web-2']) {
        const own = new FakeClock(clock.ms);
        await using live = await startLive({
          clock: own.now,
          write: engine.url,
          writeLabels: { host },
        });
        for (let tick = 1; tick <= 6; tick++) {
          // The engine is asked for what came after the first tick that it has.
          const lines =
            `http.server.request:100|d|#${HOME}\ndb.client.operation:20:20|d|#${CALL}\n` +
            `db.client.operation:20|d|#${CALL},error_type:Error\ndb.client.operation.wait:10:10:10|d|#${CALL}`;
          await live.send(tick <= 2 ? 'up:1|g' : lines);
          own.advance(10);
          await until(async () => ((await live.live.stats()).write?.ticks ?? 0) >= tick);
        }
        await until(async () => (await live.live.stats()).write!.queued.requests === 0);
      }
      clock.advance(70);
      await using page = await startLive({ store: engine.url, clock: clock.now });
      const end = `window=60&end=${clock.ms}`;
      const upstreams = async () => (await page.get(`/api/upstreams?${end}`)).body.upstreams as Json[];
      // What was written last is found a moment later, by one series after another.
      await until(async () => {
        const [one] = await upstreams();
        return one?.count === 24 && one.callers[0]?.perRequest === 3;
      });
      const [upstream] = await upstreams();
      expect(upstream).toMatchObject({ name: 'postgresql SELECT users', peer: 'db', errors: 8 });
      expect(upstream!.callers).toMatchObject([
        { route: '/home', method: 'GET', count: 24, perRequest: 3, wait: { mean: 30 } },
      ]);
      const { calls, requests } = (await page.get(`/api/calls?route=/home&method=GET&${end}`)).body;
      expect(requests).toBe(8);
      expect(calls).toMatchObject([{ count: 24, errors: 8, wait: { mean: 10 }, perRequest: 3 }]);
    } finally {
      await engine.stop();
    }
  });
});
