import { expect, it } from 'vitest';
import { createMeter } from '../../src/index.ts';
import type { WorkOptions } from '../../src/meter/index.ts';
import { CaptureSink } from '../../src/outputs/index.ts';

/** Names and tags of all lines that two units, one of them with a block, come to. */
async function sent(options: object): Promise<string[]> {
  const sink = new CaptureSink();
  const meter = createMeter({ prefix: 'app', tags: { app: 'a' }, ...options, sink } as never);
  const job: WorkOptions = { kind: 'job', system: 'bullmq', destination: 'mails' };
  meter.work('welcome', () => meter.time('render', () => {}), job);
  meter.work('nightly', (unit) => unit.setOutcome('retry'));
  meter.work('shop.Orders/List', () => {}, { kind: 'rpc', system: 'grpc' });
  await meter.close();
  return [...new Set(sink.lines.map((line) => line.replace(/:[\d.:]+\|(ms|d|h|c)/, '')))].sort();
}

it('without tags a unit is named by its kind and name, beside the roll-up over all', async () => {
  expect(await sent({ dialect: 'statsd', cpu: 'off' })).toEqual([
    'app.messaging.process.job.mails.welcome.ok.messaging_system.bullmq.wall',
    'app.messaging.process.wall',
    'app.render.job.mails.welcome.wall',
    'app.render.wall',
    'app.rpc.server.call.shop_Orders.List.ok.rpc_system.grpc.wall',
    'app.rpc.server.call.wall',
    'app.work.run.nightly.retry.wall',
    'app.work.run.wall',
  ]);
});

it('per view each unit is a view of its metric', async () => {
  expect(await sent({ names: 'per-view', dialect: 'statsd', cpu: 'off' })).toEqual([
    'app.messaging.process',
    'app.messaging.process.job.mails.welcome',
    'app.render',
    'app.rpc.server.call',
    'app.rpc.server.call.shop_Orders.List',
    'app.work.run',
    'app.work.run.nightly',
  ]);
  const tagged = await sent({ names: 'per-view' });
  expect(tagged).toContain('app.work.run.nightly|#app:a,outcome:retry');
  expect(tagged).toContain('app.work.run.nightly.cpu|#app:a');
  expect(tagged).toContain('app.work.run.cpu|#app:a');
  expect(tagged).toContain(
    'app.messaging.process.job.mails.welcome|#app:a,messaging_system:bullmq,outcome:ok',
  );
});

it.each(['connect-datadog', 'express-hot-shots'])('%s leaves units their canonical names', async (names) => {
  expect(await sent({ names })).toContain(
    'app.work.run|#app:a,work_name:nightly,work_kind:work,outcome:retry',
  );
});

it('a tag of the application of the same key stays as it was', async () => {
  const sink = new CaptureSink();
  const meter = createMeter({ dialect: 'statsd', sink } as never);
  meter.increment('logins', 1, { tags: { outcome: 'ok', work_kind: 'x' } });
  await meter.close();
  expect(sink.lines).toEqual(['logins.outcome.ok.work_kind.x:1|c']);
});
