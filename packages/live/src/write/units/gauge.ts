import type { Cell } from '../../store/memory/cell.ts';
import type { RequestBuilder, Times } from '../request.ts';
import { type Identity, Unit } from './unit.ts';

/** The latest value. Nothing is known of the time before the first one, so no zero stands there. */
export class Gauge extends Unit {
  readonly #identity: Identity;
  #now = 0;
  #written: number | undefined;

  constructor(identity: Identity) {
    super();
    this.#identity = identity;
  }

  take(cell: Readonly<Cell>): void {
    this.#now = cell.last;
    this.isChanged = this.#now !== this.#written;
  }

  write(request: RequestBuilder, { at, before }: Times): void {
    const { name, labels } = this.#identity;
    const written = this.#written;
    const times = { at, before: written === undefined ? undefined : before };
    request.sample({ labels, name, type: 'gauge' }, times, { before: written ?? 0, now: this.#now });
    this.#written = this.#now;
  }
}
