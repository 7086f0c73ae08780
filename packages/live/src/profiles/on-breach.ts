import type { Change } from '../budgets/watch.ts';
import { ProfileError } from './error.ts';
import type { Profiles } from './profiles.ts';

/** Long enough for a shape, and over while what broke the budget most likely still goes on. */
const SECONDS = 10;
/** A profile costs a stall at its start: a budget that is broken again and again has one in a minute. */
const EVERY_MS = 60_000;

export interface BreachOptions {
  profiles: Profiles;
  clock: () => number;
  warn: (text: string) => void;
}

/** Takes a profile when a budget of CPU is exceeded, at most one in a minute. */
export class BreachProfiles {
  readonly #options: BreachOptions;
  #lastAt = Number.NEGATIVE_INFINITY;
  #hasWarned = false;

  constructor(options: BreachOptions) {
    this.#options = options;
  }

  tell({ event, limit }: Change): void {
    const { profiles, clock } = this.#options;
    if (event !== 'breach' || !limit.measure.startsWith('cpu ')) return;
    if (clock() - this.#lastAt < EVERY_MS) return;
    try {
      profiles.start({ seconds: SECONDS, interval: 1, force: false }, limit.text);
      this.#lastAt = clock();
    } catch (error) {
      this.#refused(error);
    }
  }

  #refused(error: unknown): void {
    // The one that runs shows the same time.
    if (error instanceof ProfileError && error.code === 'PROFILE_RUNS') return;
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.warn(`--profile-on-breach: ${error instanceof Error ? error.message : String(error)}`);
  }
}
