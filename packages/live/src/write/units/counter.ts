import { counterNames } from '../../prometheus/series-names.ts';
import type { Cell } from '../../store/memory/cell.ts';
import type { RequestBuilder, Times } from '../request.ts';
import { Balance } from './cumulative.ts';
import { type Identity, Unit } from './unit.ts';

export class Counter extends Unit {
  readonly #identity: Identity;
  readonly #value = new Balance();

  constructor(identity: Identity) {
    super();
    this.#identity = identity;
  }

  take(cell: Readonly<Cell>): void {
    this.#value.add(cell.sum);
    this.isChanged = true;
  }

  write(request: RequestBuilder, times: Times): void {
    const { name, labels } = this.#identity;
    this.#value.write(request, labels, counterNames(name), times);
  }
}
