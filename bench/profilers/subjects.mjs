// Who profiles an application whose units of work a meter measures: each subject is made ready and returns
// `{ start, stop }`, as often as it is asked to.
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Of all of them, in µs. */
const INTERVAL_US = 1000;

export const NONE = 'no profiler';

/** Given `{ meter, folder, url }`: where the rivals are installed, and who takes what they send. */
export const SUBJECTS = {
  [NONE]: () => ({ start() {}, stop() {} }),
  Routemeter: routemeter,
  '@datadog/pprof': ({ folder }) => {
    const { time } = load(folder, '@datadog/pprof');
    return {
      start: () => time.start({ intervalMicros: INTERVAL_US }),
      stop: () => time.stop(),
    };
  },
  '@pyroscope/nodejs': ({ folder, url }) => {
    const pyroscope = load(folder, '@pyroscope/nodejs');
    const wall = { samplingIntervalMicros: INTERVAL_US, samplingDurationMs: 60_000 };
    pyroscope.init({ appName: 'bench', serverAddress: url, wall });
    return {
      start: () => pyroscope.default.startWallProfiling(),
      stop: () => pyroscope.default.stopWallProfiling(),
    };
  },
};

function load(folder, name) {
  return createRequire(join(folder, 'index.js'))(name);
}

function routemeter({ meter }) {
  let ending;
  let profile;
  return {
    start() {
      ending = new AbortController();
      const options = { seconds: 30, interval: INTERVAL_US / 1000, signal: ending.signal };
      return new Promise((sampling, refused) => {
        profile = meter.profiled(options, sampling);
        profile.catch(refused);
      });
    },
    async stop() {
      ending.abort();
      const { ended } = (await profile).data[0];
      if (ended !== 'stopped') throw new Error(`the profile was over before its windows were: ${ended}`);
    },
  };
}
