import type { Labels } from '../../prometheus/labels.ts';
import { EncodedLabels } from '../labels.ts';
import type { RequestBuilder, Times } from '../request.ts';
import { Unit } from './unit.ts';

/** Original name, type and kind of histogram of a metric. */
export const METRIC_INFO = 'routemeter_metric_info';
/** Original key of a label, where it had to be changed. */
export const LABEL_INFO = 'routemeter_label_info';

/** Says what does not fit into names and labels of others: always 1, its labels are what it says. */
export class Info extends Unit {
  readonly #name: string;
  readonly #labels: () => Labels;
  #encoded: EncodedLabels | undefined;

  /** @param labels asked for at the first write, when the kind of histogram is known. */
  constructor(name: string, labels: () => Labels) {
    super();
    this.#name = name;
    this.#labels = labels;
    this.isChanged = true;
  }

  take(): void {}

  write(request: RequestBuilder, { at }: Times): void {
    this.#encoded ??= new EncodedLabels(this.#labels());
    const head = { labels: this.#encoded, name: this.#name, type: 'gauge' } as const;
    request.sample(head, { at, before: undefined }, { before: 0, now: 1 });
  }
}
