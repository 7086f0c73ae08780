import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContractCase, expectedTags } from '../../../testkit/src/contract/case.ts';
import { exchange, statusOf, withoutDate } from '../../../testkit/src/contract/exchange.ts';
import { samplesOf } from '../../../testkit/src/contract/samples.ts';
import { CaptureSink, createMeter, type Meter } from '../../src/index.ts';

/** An application that listens. */
export interface Running {
  port: number;
  close(): unknown;
}

/**
 * Runs the contract's cases one by one against an application in this process, with a meter and
 * without: each counted once under its name and status, and answered byte for byte as without.
 */
export function contractByMiddleware(
  title: string,
  cases: readonly ContractCase[],
  start: (meter: Meter | null) => Promise<Running>,
): void {
  describe(title, () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, cpu: 'off', flushMs: 3_600_000 });
    let measured: Running;
    let bare: Running;
    beforeAll(async () => {
      bare = await start(null);
      measured = await start(meter);
    });
    afterAll(async () => {
      await measured?.close();
      await bare?.close();
      await meter.close();
    });

    test.each(cases)('$id', async (one) => {
      sink.payloads.length = 0;
      const answer = await exchange(measured.port, one);
      const samples = async () => {
        await meter.flush();
        return samplesOf(sink.lines);
      };
      await expect.poll(samples).toEqual([{ tags: expectedTags(one), count: 1 }]);
      if (one.extra !== 'abort-before-headers') expect(statusOf(answer)).toBe(one.status);
      expect(withoutDate(answer)).toBe(withoutDate(await exchange(bare.port, one)));
    });
  });
}
