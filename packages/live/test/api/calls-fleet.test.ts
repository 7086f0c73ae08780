import { describe, expect, it } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { FakeClock, type Json, startLive, until } from '../helpers.ts';

const missing = await debianPrograms(VICTORIA_PROGRAMS);
const HOME = 'http_route:/home,http_method:GET';
/** Of two collectors, which write six times, and have calls from the first time on. */
const TOTALS: Record<string, number> = {
  http_server_request_count: 12,
  db_client_operation_count: 36,
  db_client_operation_wait_count: 36,
};
const CALL = `${HOME},db_system_name:postgresql,server_address:db,db_query_summary:SELECT users`;

describe.skipIf(missing !== null)('calls over an engine', () => {
  it('are those of all collectors together', { timeout: 120_000 }, async () => {
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
          const lines =
            `http.server.request:100|d|#${HOME}\ndb.client.operation:20:20|d|#${CALL}\n` +
            `db.client.operation:20|d|#${CALL},error_type:Error\ndb.client.operation.wait:10:10:10|d|#${CALL}`;
          await live.send(lines);
          own.advance(10);
          await until(async () => ((await live.live.stats()).write?.ticks ?? 0) >= tick);
        }
        await until(async () => (await live.live.stats()).write!.queued.requests === 0);
      }
      // What was written last is found a moment later, by one series after another. The page's clock stands, so that
      // it would keep what it was told too early.
      const totals = encodeURIComponent('sum by (__name__) ({__name__=~".+_count"})');
      const asked = `${engine.url}/api/v1/query?query=${totals}&time=${clock.ms / 1000 + 60}`;
      await until(async () => {
        const { data } = (await (await fetch(asked)).json()) as Json;
        const found = data.result.map(({ metric, value }: Json) => [metric.__name__, Number(value[1])]);
        return found.length === 3 && found.every(([name, sum]: [string, number]) => sum === TOTALS[name]);
      });
      clock.advance(70);
      await using page = await startLive({ store: engine.url, clock: clock.now });
      // It ends two ticks behind the last one that is known, and begins before there was any series: these begin at 0.
      const end = `window=120&end=${clock.ms}`;
      const upstreams = async () => (await page.get(`/api/upstreams?${end}`)).body.upstreams as Json[];
      const [upstream] = await upstreams();
      expect(upstream).toMatchObject({ name: 'postgresql SELECT users', peer: 'db', errors: 12 });
      expect(upstream!.callers).toMatchObject([
        { route: '/home', method: 'GET', count: 36, perRequest: 3, wait: { mean: 30 } },
      ]);
      const { calls, requests } = (await page.get(`/api/calls?route=/home&method=GET&${end}`)).body;
      expect(requests).toBe(12);
      expect(calls).toMatchObject([{ count: 36, errors: 12, wait: { mean: 10 }, perRequest: 3 }]);
    } finally {
      await engine.stop();
    }
  });
});
