import { hasGaugeChanges } from './names.ts';

/** Whose rules lines are read by, where they differ; `auto` goes by what the lines themselves tell. */
export const RULES = ['auto', 'datadog', 'etsy'] as const;
export type RulesOption = (typeof RULES)[number];

/** Which rules are in force, and why. `both`: senders of both kinds are there, and each gauge tells by itself. */
export interface RulesInForce {
  is: 'datadog' | 'etsy' | 'both';
  by: 'option' | 'recognised' | 'default';
}

/** What is asked of a line with a signed gauge. */
export interface SignedGauge {
  /** As written, with the tags of its dialect. */
  name: string;
  /** `+`, and not `-`. */
  isPlus: boolean;
  /** It has DogStatsD's tags. */
  hasTags: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * What a signed gauge means: `-3|g` sets -3 by Datadog's rules, and takes 3 away by Etsy's. Nobody writes `+5|g`
 * to set 5: where there is no other rule it is a change, and so is every signed value of that gauge from then on.
 *
 * Positions count up with the lines; what a line was read as can be asked again by its position.
 */
export class Rules {
  readonly #option: RulesOption;
  readonly #maxNames: number;
  /** Gauges that were changed, each with the position where that was first seen. */
  readonly #changed = new Map<string, number>();
  #etsyFrom = NEVER;
  #datadogFrom = NEVER;

  constructor(option: RulesOption, maxNames: number) {
    this.#option = option;
    this.#maxNames = maxNames;
  }

  get isStrict(): boolean {
    return this.#option === 'datadog';
  }

  get inForce(): RulesInForce {
    if (this.#option !== 'auto') return { is: this.#option, by: 'option' };
    const [isEtsy, isDatadog] = [this.#etsyFrom < NEVER, this.#datadogFrom < NEVER];
    if (!isEtsy) return { is: 'datadog', by: isDatadog ? 'recognised' : 'default' };
    return { is: isDatadog ? 'both' : 'etsy', by: 'recognised' };
  }

  /** A line that only Datadog's clients send. */
  sawDatadog(position: number): void {
    if (position < this.#datadogFrom) this.#datadogFrom = position;
  }

  /** A line that only Etsy's rules can read. */
  sawEtsy(position: number): void {
    if (position < this.#etsyFrom) this.#etsyFrom = position;
  }

  /** Takes note of a line with a signed gauge; returns whether it is a change. */
  learn(gauge: SignedGauge, position: number): boolean {
    if (this.#option === 'auto' && gauge.isPlus) {
      if (!gauge.hasTags) this.sawEtsy(position);
      if (this.#changed.size < this.#maxNames && !this.#changed.has(gauge.name)) {
        this.#changed.set(gauge.name, position);
      }
    }
    return this.isChange(gauge, position);
  }

  /** Whether a signed gauge was a change at this position. */
  isChange({ name, isPlus, hasTags }: SignedGauge, position: number): boolean {
    if (this.#option !== 'auto') return this.#option === 'etsy';
    if (isPlus || hasGaugeChanges(name) || (this.#changed.get(name) ?? NEVER) <= position) return true;
    return !hasTags && this.#etsyFrom <= position && this.#datadogFrom > position;
  }

  reset(): void {
    this.#changed.clear();
    this.#etsyFrom = NEVER;
    this.#datadogFrom = NEVER;
  }
}
