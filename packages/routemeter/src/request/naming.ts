import { shared } from '../attribution/index.ts';

/** How the requests of this process came to their names. */
export class Naming {
  /** Frameworks of which a route was named. */
  readonly by = new Set<string>();
  /** Requests that have ended, and how many of them have a name that was guessed from their address. */
  ended = 0;
  guessed = 0;
  /** Told of the first route of each framework, and of the first request that no framework named. */
  whenKnown: (() => void) | null = null;
  /** The framework that named a route last: nearly always it names the next one, too. */
  private last = '';

  /** A framework has named a route. */
  note(framework: string): void {
    if (framework === this.last) return;
    this.last = framework;
    if (this.by.has(framework)) return;
    this.by.add(framework);
    this.whenKnown?.();
  }

  /** A request has ended. */
  end(isGuessed: boolean): void {
    if (isGuessed) this.guessed++;
    if (++this.ended === 1) this.whenKnown?.();
  }
}

let own: Naming | undefined;

/** The process's. */
export function naming(): Naming {
  own ??= shared('naming', () => new Naming());
  return own;
}
