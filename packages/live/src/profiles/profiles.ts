import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { openProfile, type ProfileData, type RouteProfile } from 'routemeter/profile';
import { ByToken } from './by-token.ts';
import { Channel } from './channel.ts';
import { type Connected, type Thread, Threads } from './connections.ts';
import { ProfileError } from './error.ts';

/** Profiles that are kept, the newest. */
const KEPT = 20;
/** What those are made of, in bytes of JSON; the newest is kept whatever it has. */
const KEPT_BYTES = 128 * 1024 * 1024;
/** A thread that did not answer this long after its time was over does not. */
const LATE_MS = 30_000;

/** What a profile is asked for; see `ProfileOptions` of the library. */
export interface ProfileOrder {
  seconds: number;
  interval: number;
  force: boolean;
  maxStall?: number | undefined;
  /** Only threads of this process. */
  pid?: number | undefined;
  /** Only threads on this host. */
  host?: string | undefined;
  /** Only threads of this program: its path, or the last part of it. */
  program?: string | undefined;
}

export type ThreadState = 'asked' | 'running' | 'done' | 'failed';

/** One thread in a profile. */
export interface ProfiledThread extends Thread {
  state: ThreadState;
  /** How long the start held its loop, in ms; null until it is known. */
  held: number | null;
  error: { code: string; message: string } | null;
}

/** A profile, as the API tells of it. */
export interface ProfileEntry {
  id: string;
  state: 'running' | 'done' | 'failed';
  /** Unix ms when it was asked for. */
  at: number;
  seconds: number;
  interval: number;
  /** The budget that was exceeded, where it was taken for that; null otherwise. */
  cause: string | null;
  threads: ProfiledThread[];
}

interface Kept {
  entry: ProfileEntry;
  data: ProfileData[];
  bytes: number;
  waiting: Map<Connected, ProfiledThread>;
  timer: NodeJS.Timeout;
  opened: RouteProfile | undefined;
}

/** Profiles of applications that take orders of this server: asks for them, and keeps the newest. */
export class Profiles {
  readonly #threads: Threads;
  readonly #channel: Channel;
  readonly #byToken: ByToken | undefined;
  readonly #kept = new Map<string, Kept>();
  readonly #clock: () => number;
  #next = 1;

  /** @param token of applications that this server did not start; none of them is taken without one. */
  constructor(clock: () => number, token?: string) {
    this.#clock = clock;
    this.#threads = new Threads({
      said: (from, message, size) => this.#said(from, message, size),
      gone: (from) => this.#gone(from),
    });
    this.#channel = new Channel(this.#threads);
    this.#byToken = token === undefined ? undefined : new ByToken(token, this.#threads, () => this.#weigh());
  }

  /** Opens the way of orders; returns what the application is told of it. */
  open(): Promise<string> {
    return this.#channel.open();
  }

  /** Takes a request of an application for orders; false for another kind of request. */
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer): boolean {
    return this.#byToken?.upgrade(req, socket, head) === true;
  }

  /** The threads that take orders now. They are asked again what a start would cost, for the next answer. */
  threads(): Thread[] {
    this.#weigh();
    return [...this.#threads].map(told);
  }

  #weigh(): void {
    for (const connected of this.#threads) connected.order({ id: 0, weigh: true });
  }

  /** The newest first. */
  list(): ProfileEntry[] {
    return [...this.#kept.values()].map(({ entry }) => entry).reverse();
  }

  /** Throws an `ProfileError` for one that there is not. */
  entry(id: string): ProfileEntry {
    return this.#find(id).entry;
  }

  /** Throws an `ProfileError` for one that is not done, too. */
  profile(id: string): RouteProfile {
    const kept = this.#find(id);
    if (kept.entry.state !== 'done') {
      throw new ProfileError('NOT_DONE', `profile ${id} is ${kept.entry.state}`);
    }
    kept.opened ??= openProfile(kept.data);
    return kept.opened;
  }

  /**
   * Asks every thread of the application. Throws an `ProfileError` where there is none, or while one runs.
   *
   * @param cause what it is taken for; default null, somebody asked.
   */
  start(order: ProfileOrder, cause: string | null = null): ProfileEntry {
    const { pid, host, program, ...wanted } = order;
    const threads = [...this.#threads].filter(
      (thread) =>
        (pid === undefined || thread.pid === pid) &&
        (host === undefined || thread.host === host) &&
        (program === undefined || thread.program === program || nameOf(thread.program) === program),
    );
    if (threads.length === 0) {
      const of = [program, pid === undefined ? undefined : `process ${pid}`, host && `on ${host}`];
      const which = of.filter((part) => part !== undefined).join(' ') || 'application';
      throw new ProfileError(
        'NO_APPLICATION',
        `no ${which} takes orders of this server; run it by routemeter-live COMMAND, or give it the options profileUrl and profileToken, or call meter.profile() in it`,
      );
    }
    const running = [...this.#kept.values()].find(({ entry }) => entry.state === 'running');
    if (running !== undefined) {
      throw new ProfileError('PROFILE_RUNS', `profile ${running.entry.id} runs; wait until it has ended`);
    }
    const number = this.#next++;
    const waiting = new Map<Connected, ProfiledThread>();
    for (const thread of threads) {
      waiting.set(thread, { ...told(thread), state: 'asked', held: null, error: null });
    }
    const { seconds, interval } = order;
    const entry: ProfileEntry = {
      id: String(number),
      state: 'running',
      at: this.#clock(),
      seconds,
      interval,
      cause,
      threads: [...waiting.values()],
    };
    const timer = setTimeout(() => this.#late(kept), seconds * 1e3 + LATE_MS).unref();
    const kept: Kept = { entry, data: [], bytes: 0, waiting, timer, opened: undefined };
    this.#kept.set(entry.id, kept);
    this.#evict();
    for (const thread of threads) thread.order({ id: number, profile: wanted });
    return entry;
  }

  /** Ends a running one early; it is done with what was sampled until then. */
  stop(id: string): ProfileEntry {
    const { entry, waiting } = this.#find(id);
    for (const thread of waiting.keys()) thread.order({ id: Number(id), stop: true });
    return entry;
  }

  /** Ends the connections of applications that this server did not start. */
  leave(): void {
    this.#byToken?.close();
  }

  async close(): Promise<void> {
    for (const { timer } of this.#kept.values()) clearTimeout(timer);
    await this.#channel.close();
  }

  #find(id: string): Kept {
    const kept = this.#kept.get(id);
    if (kept === undefined)
      throw new ProfileError('NOT_FOUND', `there is no profile ${id}; ${KEPT} are kept`);
    return kept;
  }

  #said(from: Connected, message: Record<string, unknown>, size: number): void {
    if (typeof message.expected === 'number') from.expected = message.expected;
    const kept = this.#kept.get(String(message.id));
    const thread = kept?.waiting.get(from);
    if (kept === undefined || thread === undefined) return;
    const { started, data, error } = message as {
      started?: { held: number };
      data?: ProfileData[];
      error?: { code: string; message: string };
    };
    if (started !== undefined) {
      thread.state = 'running';
      thread.held = started.held;
    } else if (kept.bytes + size > KEPT_BYTES) {
      thread.error = { code: 'LOST', message: 'the others of this profile leave no room for it' };
      this.#settle(kept, from, 'failed');
    } else if (Array.isArray(data)) {
      kept.data.push(...data);
      kept.bytes += size;
      this.#settle(kept, from, 'done');
    } else if (error !== undefined) {
      thread.error = { code: String(error.code), message: String(error.message) };
      this.#settle(kept, from, 'failed');
    }
  }

  #gone(from: Connected): void {
    for (const kept of this.#kept.values()) this.#lose(kept, from, 'it ended before its profile did');
  }

  #late(kept: Kept): void {
    for (const thread of [...kept.waiting.keys()]) this.#lose(kept, thread, 'it did not answer');
  }

  #lose(kept: Kept, from: Connected, why: string): void {
    const thread = kept.waiting.get(from);
    if (thread === undefined) return;
    thread.error = { code: 'LOST', message: why };
    this.#settle(kept, from, 'failed');
  }

  #settle(kept: Kept, from: Connected, state: 'done' | 'failed'): void {
    kept.waiting.get(from)!.state = state;
    kept.waiting.delete(from);
    if (kept.waiting.size > 0) return;
    clearTimeout(kept.timer);
    kept.entry.state = kept.data.length > 0 ? 'done' : 'failed';
    this.#evict();
  }

  /** The oldest go first, and never the newest. */
  #evict(): void {
    let bytes = 0;
    for (const kept of this.#kept.values()) bytes += kept.bytes;
    for (const [id, kept] of this.#kept) {
      if (this.#kept.size <= KEPT && bytes <= KEPT_BYTES) return;
      if (this.#kept.size === 1 || kept.entry.state === 'running') return;
      bytes -= kept.bytes;
      this.#kept.delete(id);
    }
  }
}

function told({ pid, thread, host, program, node, expected }: Thread): Thread {
  return { pid, thread, host, program, node, expected };
}

/** The last part of a path. */
function nameOf(program: string): string {
  return program.replace(/^.*[\\/]/, '');
}
