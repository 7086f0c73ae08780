import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engine } from '../../../src/attribution/engine.ts';
import { Work } from '../../../src/attribution/work.ts';

// Works that only wait, while somebody else's profiler samples this thread. Arguments: the folder that
// @datadog/pprof is installed in, and whose profiler runs. Prints what the works are told to have done.
const [folder, whose] = process.argv.slice(2) as [string, string];
const WORKS = 15;
const WAIT_MS = 50;
const INTERVAL_US = 1000;

const loop = engine();
const PROFILERS: Record<string, () => () => void> = {
  pprof() {
    const { time } = createRequire(join(folder, 'index.js'))('@datadog/pprof');
    time.start({ intervalMicros: INTERVAL_US });
    return () => time.stop();
  },
  inspector() {
    const session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    session.post('Profiler.start');
    return () => session.disconnect();
  },
};

async function waited(): Promise<{ wall: number; idle: number; utilization: number }> {
  const before = performance.eventLoopUtilization();
  let wall = 0;
  let idle = 0;
  for (let i = 0; i < WORKS; i++) {
    const work = new Work('request', null);
    loop.open(work, true);
    await loop.run(work, () => sleep(WAIT_MS), null, undefined, undefined, undefined);
    loop.close(work);
    wall += work.wall;
    idle += work.idle;
  }
  return { wall, idle, utilization: performance.eventLoopUtilization(before).utilization };
}

const stop = PROFILERS[whose]!();
const during = await waited();
stop();
console.log(JSON.stringify(during));
process.exit();
