import { threadId } from 'node:worker_threads';
import { engine, outside, shared } from '../attribution/index.ts';
import { RoutemeterError } from '../errors/index.ts';
import { clearTimeout, setTimeout } from '../platform/index.ts';
import { clockOffset } from './clock.ts';
import type { ProfileData, ProfileOptions } from './contract.ts';
import { join } from './join.ts';
import { type BlockOf, Log, type NameOf } from './log.ts';
import { SourceMaps } from './maps.ts';
import { type Wanted, wantedOf } from './options.ts';
import { RouteProfile } from './route-profile.ts';
import { openSource } from './source.ts';
import { expectedStall } from './stall.ts';

/** What a profile has to know of the meter that is asked for it. */
export interface Asked {
  nameOf: NameOf;
  blockOf: BlockOf;
  enabled: boolean;
  /** How it measures CPU. */
  cpu: 'auto' | 'off' | number;
}

/** Told when the code is sampled, with how long the start held the loop, in ms. */
export type Started = (held: number) => void;

/**
 * Samples the code of this thread and gives each sample to the unit of work and the block that it ran for.
 *
 * @throws RoutemeterError for wrong options, and `RM_PROFILE_REFUSED` where another profile runs, where the
 * start would hold the loop for too long, and where V8's profiler is not to be had.
 */
export async function takeProfile(
  options: ProfileOptions,
  asked: Asked,
  started?: Started,
): Promise<RouteProfile> {
  if (!asked.enabled) throw refused('this meter is switched off');
  if (asked.cpu === 'off') throw refused('this meter measures no CPU; give cpu: "auto"');
  const wanted = wantedOf(options);
  const expected = expectedStall(process.memoryUsage().heapUsed);
  if (expected > wanted.maxStall && !wanted.force) {
    throw refused(
      `its start is expected to hold the loop for ${expected} ms, which is more than maxStall (${wanted.maxStall}); force: true does it all the same`,
    );
  }
  const own = shared('profile', () => ({ runs: false }));
  if (own.runs) throw refused('one runs already in this thread; wait until it has ended');
  own.runs = true;
  try {
    return new RouteProfile([await sampled(wanted, asked, expected, started)]);
  } finally {
    own.runs = false;
  }
}

async function sampled(
  { seconds, interval, signal }: Wanted,
  { nameOf, blockOf }: Asked,
  expected: number,
  started: Started | undefined,
): Promise<ProfileData> {
  const loop = engine();
  // The first copy of the library that was loaded made it, of whatever version.
  if (typeof loop.follow !== 'function') throw refused('an older copy of Routemeter measures this process');
  const now = () => loop.now();
  const ending = new Ending();
  const log = new Log({ nameOf, blockOf, onFull: () => ending.end('full') });
  const source = openSource(interval);
  const offset = clockOffset(now);
  const before = now();
  source.start();
  const startedAt = Date.now();
  const from = loop.follow(log, null);
  if (from === null) {
    source.stop();
    throw refused('the time of this thread is followed by another copy of Routemeter');
  }
  log.begin(from);
  const start = from - before;
  started?.(start);
  const ended = await ending.after(seconds * 1e3, signal);
  loop.follow(null, log);
  const stopped = now();
  const raw = source.stop();
  const end = now() - stopped;
  log.finish();
  return {
    version: 1,
    startedAt,
    wall: log.until,
    interval,
    pid: process.pid,
    thread: threadId,
    program: process.argv[1] ?? '',
    node: process.versions.node,
    ended,
    held: { expected, start, end },
    paces: log.paces,
    ...(await join(raw, log, { from: from + offset, interval, maps: new SourceMaps() })),
  };
}

/** What ends a profile: whatever comes first. */
class Ending {
  private resolve: ((why: ProfileData['ended']) => void) | null = null;
  private why: ProfileData['ended'] | null = null;

  end(why: ProfileData['ended']): void {
    this.why ??= why;
    this.resolve?.(this.why);
  }

  async after(ms: number, signal: AbortSignal | undefined): Promise<ProfileData['ended']> {
    const stop = () => this.end('stopped');
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
    // A timer made inside a request would keep that request's context.
    const timer = outside(() => setTimeout(() => this.end('time'), ms)).unref();
    try {
      return await new Promise((resolve) => {
        this.resolve = resolve;
        if (this.why !== null) resolve(this.why);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }
}

export function refused(why: string): RoutemeterError {
  return new RoutemeterError('RM_PROFILE_REFUSED', `no profile is taken: ${why}`);
}
