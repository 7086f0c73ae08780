// Who profiles: each subject is made ready and returns `{ run, start, stop }`.
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Of all of them, in µs. */
const INTERVAL_US = 1000;

export const PHASES = ['before', 'during', 'after'];

/** @param folder where the rivals are installed. @param url who takes what they send. */
export const SUBJECTS = {
  'no profiler': async () => ({ run: (fn) => fn(), async start() {}, async stop() {} }),
  Routemeter: routemeter,
  '@datadog/pprof': async (folder) => {
    const { time } = load(folder, '@datadog/pprof');
    return {
      run: (fn) => fn(),
      async start() {
        time.start({ intervalMicros: INTERVAL_US });
      },
      async stop() {
        time.stop();
      },
    };
  },
  '@pyroscope/nodejs': async (folder, url) => {
    const pyroscope = load(folder, '@pyroscope/nodejs');
    const wall = { samplingIntervalMicros: INTERVAL_US, samplingDurationMs: 60_000 };
    pyroscope.init({ appName: 'bench', serverAddress: url, wall });
    return {
      run: (fn) => fn(),
      async start() {
        pyroscope.default.startWallProfiling();
      },
      stop: () => pyroscope.default.stopWallProfiling(),
    };
  },
};

function load(folder, name) {
  return createRequire(join(folder, 'index.js'))(name);
}

/** The meter measures each unit, profiled or not: that is no cost of the profile. */
async function routemeter() {
  const { createMeter } = await import('routemeter');
  const meter = createMeter({ url: 'udp://127.0.0.1:9', runtime: false });
  const ending = new AbortController();
  let profile;
  return {
    run: (fn) => meter.work('unit', fn),
    async start() {
      profile = meter.profile({ seconds: 30, interval: INTERVAL_US / 1000, signal: ending.signal });
      // A second one is refused once the first one samples.
      await meter.profile().catch(() => {});
    },
    async stop() {
      ending.abort();
      const { ended } = (await profile).data[0];
      if (ended !== 'stopped') throw new Error(`the profile was over before its windows were: ${ended}`);
    },
  };
}
