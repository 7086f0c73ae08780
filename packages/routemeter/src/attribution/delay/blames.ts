import type { Culprit, DelayPart, Lag, Work } from '../work.ts';

/** Pairs of victim and culprit that wait for the next flush; what does not fit is not named. */
export const BLAMES = 20_000;

/** Who kept whom waiting, until victims have ended and names are known. */
export class Blames {
  private readonly victims = new Array<Work | null>(BLAMES).fill(null);
  private readonly culprits = new Array<Culprit | null>(BLAMES).fill(null);
  /** 1 for `queued`. */
  private readonly parts = new Uint8Array(BLAMES);
  private readonly ms = new Float64Array(BLAMES);
  private count = 0;
  private walk = 0;
  private outsideAt = -1;
  private stoppedAt = -1;

  get length(): number {
    return this.count;
  }

  /** What follows is about one wait: each culprit of it has one place. */
  begin(): void {
    this.walk++;
    this.outsideAt = this.stoppedAt = -1;
  }

  add(victim: Work, part: DelayPart, culprit: Culprit, ms: number): void {
    const known = this.placeOf(culprit);
    if (known >= 0) {
      this.ms[known]! += ms;
      return;
    }
    if (this.count === BLAMES) return;
    const place = this.count++;
    this.victims[place] = victim;
    this.parts[place] = part === 'queued' ? 1 : 0;
    this.culprits[place] = culprit;
    this.ms[place] = ms;
    if (culprit === 'outside') this.outsideAt = place;
    else if (culprit === 'stopped') this.stoppedAt = place;
    else if (culprit.lag !== null) {
      culprit.lag.walk = this.walk;
      culprit.lag.place = place;
    }
  }

  /** Tells all that concern ended victims; the others stay. */
  drain(): void {
    let kept = 0;
    for (let at = 0; at < this.count; at++) {
      const victim = this.victims[at]!;
      const culprit = this.culprits[at]!;
      if (victim.ended) {
        (victim.lag as Lag).sink?.blame(this.parts[at] === 1 ? 'queued' : 'delayed', culprit, this.ms[at]!);
        continue;
      }
      this.victims[kept] = victim;
      this.culprits[kept] = culprit;
      this.parts[kept] = this.parts[at]!;
      this.ms[kept++] = this.ms[at]!;
    }
    // Nobody is kept whom it is not about any more.
    this.victims.fill(null, kept, this.count);
    this.culprits.fill(null, kept, this.count);
    this.count = kept;
  }

  private placeOf(culprit: Culprit): number {
    if (culprit === 'outside') return this.outsideAt;
    if (culprit === 'stopped') return this.stoppedAt;
    const { lag } = culprit;
    return lag !== null && lag.walk === this.walk ? lag.place : -1;
  }
}
