import { describe, expect, it } from 'vitest';
import { shared } from '../../src/attribution/shared.ts';
import { createMeter } from '../../src/create-meter.ts';
import { NullSink } from '../../src/outputs/index.ts';

const meterWith = (options = {}) => createMeter({ sink: new NullSink(), ...options });
const refusal = (why: RegExp) =>
  expect.objectContaining({ code: 'RM_PROFILE_REFUSED', message: expect.stringMatching(why) });

describe('meter.profile()', () => {
  it('is refused with the reason, as a rejection', async () => {
    await expect(meterWith({ cpu: 'off' }).profile()).rejects.toEqual(refusal(/measures no CPU/));
    await expect(meterWith({ enabled: false }).profile()).rejects.toEqual(refusal(/switched off/));
    await expect(meterWith().profile({ maxStall: 1 })).rejects.toEqual(
      refusal(/hold the loop for \d+ ms.*force: true/),
    );
    await expect(meterWith().profile({ seconds: 31 })).rejects.toMatchObject({ code: 'RM_OPTION_INVALID' });
  });

  it('is taken once at a time, and ends early by a signal', async () => {
    const meter = meterWith();
    const stop = new AbortController();
    const first = meter.profile({ seconds: 30, force: true, signal: stop.signal });
    // It runs once it has claimed the thread.
    const own = shared('profile', () => ({ runs: false }));
    while (!own.runs) await new Promise((resolve) => setImmediate(resolve));
    await expect(meter.profile({ force: true })).rejects.toEqual(refusal(/one runs already/));
    meter.time('job', () => {
      const end = performance.now() + 30;
      while (performance.now() < end);
    });
    meter.work('resize', () => {}, { kind: 'job', system: 'bullmq', destination: 'images' });
    stop.abort();
    const profile = await first;
    expect(profile.data[0]!.ended).toBe('stopped');
    expect(profile.data[0]!.wall).toBeLessThan(25_000);
    const job = profile.units.find(({ name }) => name === 'job')!;
    expect(job).toMatchObject({ kind: 'block', method: '' });
    expect(job.cpu + job.stalled).toBeGreaterThan(25);
    // As in every table, so that the same words find it everywhere.
    expect(profile.data[0]!.owners).toContainEqual(
      expect.objectContaining({ kind: 'job', method: 'JOB', name: 'images/resize' }),
    );
    // The thread is free again, and a signal that was given before ends one at once.
    const again = await meter.profile({ force: true, signal: AbortSignal.abort() });
    expect(again.data[0]!.ended).toBe('stopped');
  });
});
