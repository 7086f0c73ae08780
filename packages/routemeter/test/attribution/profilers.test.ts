import { execFile } from 'node:child_process';
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { Session } from 'node:inspector';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { virtualClock } from '../../../testkit/src/clock.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import { PROFILERS } from '../../../testkit/src/profilers.ts';
import { installedTools } from '../../../testkit/src/tools.ts';
import { LoopEngine } from '../../src/attribution/loop-engine.ts';
import { caughtIn, profilersOfProcess } from '../../src/attribution/profilers.ts';
import { Work } from '../../src/attribution/work.ts';

const run = promisify(execFile);
const nodes = await suiteNodes();
const isLinux = process.platform === 'linux';

function sampling(): () => void {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  return () => session.disconnect();
}

describe.runIf(isLinux)('a profiler in the process', () => {
  it('is seen for as long as it samples, and looked for ten times a second at most', () => {
    let now = 0;
    const isProfiled = profilersOfProcess(() => now)!;
    expect(isProfiled()).toBe(false);
    const stop = sampling();
    expect(isProfiled()).toBe(false);
    now += 100;
    expect(isProfiled()).toBe(true);
    stop();
    now += 99;
    expect(isProfiled()).toBe(true);
    now += 1;
    expect(isProfiled()).toBe(false);
  });

  it('is none where the application closed what is read', () => {
    const opened = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return /^\/proc\/\d+\/task\/\d+\/stat$/.test(readlinkSync(`/proc/self/fd/${fd}`));
        } catch {
          return false;
        }
      });
    const others = opened();
    const isProfiled = profilersOfProcess(() => 0)!;
    const stop = sampling();
    for (const fd of opened()) if (!others.includes(fd)) closeSync(Number(fd));
    expect(isProfiled()).toBe(false);
    stop();
  });

  it('is read from behind the name of a program that looks like the rest of the line', () => {
    const line = Buffer.from(`7 (a) S 1 (b c) ${Array.from({ length: 50 }, (_, i) => i + 3).join(' ')}\n`);
    expect(caughtIn(line, line.length)).toBe(34);
  });
});

describe('what the loop waited while it was sampled', () => {
  /** Of a work that waits 20 ms, of which a profiler makes the counter lose 17, and then computes. */
  function measured(isProfiled: boolean) {
    const clock = virtualClock();
    const engine = new LoopEngine({ ...clock, profilers: () => () => isProfiled });
    const work = new Work('request', null);
    engine.open(work, true);
    engine.run(work, () => clock.burn(1), null, 0, 0, 0);
    clock.stall(17);
    clock.rest(3);
    engine.run(work, () => clock.burn(1), null, 0, 0, 0);
    engine.close(work, true);
    return { ...work, totals: engine.totals() };
  }

  it('is idle, and no stall', () => {
    const { cpu, stalled, loopBusy, idle, totals } = measured(true);
    expect({ cpu, stalled, loopBusy, idle }).toEqual({ cpu: 2, stalled: 0, loopBusy: 0, idle: 20 });
    expect(totals).toMatchObject({ idle: 20, stalled: 0 });
  });

  it('is what the counter says where nobody samples', () => {
    const { stalled, loopBusy, idle, totals } = measured(false);
    expect(idle).toBe(3);
    expect(stalled + loopBusy).toBe(17);
    expect(totals).toMatchObject({ idle: 3, stalled: 17 });
  });
});

const folder = await installedTools('profilers', PROFILERS).catch((error: Error) => error);
if (folder instanceof Error) console.warn(`@datadog/pprof skipped: ${folder.message.split('\n')[0]}`);

describe.runIf(isLinux).each(nodes)('beside a profiler of somebody else’s, on Node $version', ({ path }) => {
  let script: string;
  beforeAll(async () => {
    script = await bundle(new URL('./scripts/profiled.ts', import.meta.url), 'attribution-profiled');
  });

  const waiting = async (whose: string, flags: string[] = []) => {
    const args = ['--no-warnings', ...flags, script, String(folder), whose];
    const { stdout } = await run(path, args, { timeout: 60_000 });
    return JSON.parse(stdout) as { wall: number; idle: number; utilization: number };
  };

  it.skipIf(folder instanceof Error)('of dd-trace, Pyroscope: what only waits is idle', async () => {
    const { wall, idle, utilization } = await waiting('pprof');
    expect(utilization).toBeGreaterThan(0.4);
    expect(idle / wall).toBeGreaterThan(0.75);
  });

  it('of the inspector: what only waits is idle', async () => {
    const { wall, idle, utilization } = await waiting('inspector');
    expect(utilization).toBeGreaterThan(0.4);
    expect(idle / wall).toBeGreaterThan(0.75);
  });
});
