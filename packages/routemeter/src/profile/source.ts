import type { Session } from 'node:inspector';
import { RoutemeterError, textOf } from '../errors/index.ts';
import type { CpuSource, RawProfile } from './raw.ts';

interface Handle {
  stop(): string;
}
type StartCpuProfile = (options?: { sampleInterval: number }) => Handle;

/**
 * V8's sampling profiler of this thread, by the inspector, which opens no port for it. Where that is refused,
 * as under `--permission`, by `v8.startCpuProfile()` (Node 24 and later).
 *
 * @param interval in ms.
 * @throws RoutemeterError where neither is to be had.
 */
export function openSource(interval: number): CpuSource {
  let why: unknown;
  try {
    return byInspector(interval);
  } catch (error) {
    why = error;
  }
  const { startCpuProfile } = process.getBuiltinModule('node:v8') as unknown as {
    startCpuProfile?: StartCpuProfile;
  };
  if (typeof startCpuProfile === 'function') return byV8(startCpuProfile, interval);
  throw new RoutemeterError(
    'RM_PROFILE_REFUSED',
    `this process cannot be profiled: the inspector is not to be had (${textOf((why as Error)?.message ?? why)}), and Node ${process.versions.node} has no v8.startCpuProfile()`,
  );
}

function byInspector(interval: number): CpuSource {
  const session: Session = new (process.getBuiltinModule('node:inspector').Session)();
  session.connect();
  const post = (method: string, params?: object): unknown => {
    let failure: Error | null = null;
    let answer: unknown;
    // In its own thread the inspector answers before `post` returns.
    session.post(method, params as never, (error: Error | null, result: unknown) => {
      failure = error;
      answer = result;
    });
    if (failure !== null) throw failure as Error;
    return answer;
  };
  try {
    post('Profiler.enable');
    post('Profiler.setSamplingInterval', { interval: Math.round(interval * 1e3) });
  } catch (error) {
    session.disconnect();
    throw error;
  }
  return {
    start() {
      post('Profiler.start');
    },
    stop() {
      try {
        return (post('Profiler.stop') as { profile: RawProfile }).profile;
      } finally {
        // Ends the profiler of this session alone.
        session.disconnect();
      }
    },
  };
}

/** Times are written there in 32 bits, which are full after 71 minutes. */
const WRAP_US = 2 ** 32;

/** The time of which `us` is what 32 bits hold, nearest to another one. */
export function unwrapped(us: number, near: number): number {
  return us + Math.round((near - us) / WRAP_US) * WRAP_US;
}

function byV8(startCpuProfile: StartCpuProfile, interval: number): CpuSource {
  let handle: Handle | null = null;
  let started = 0;
  return {
    start() {
      started = Number(process.hrtime.bigint()) / 1e3;
      // In whole ms there, and only of some versions: others take 1 ms whatever they are given.
      handle = startCpuProfile({ sampleInterval: Math.max(1, Math.round(interval)) });
    },
    stop() {
      const raw = JSON.parse(handle!.stop()) as RawProfile;
      return { ...raw, startTime: unwrapped(raw.startTime, started) };
    },
  };
}
