import { setTimeout } from '../../platform/index.ts';
import type { Gate } from '../gate.ts';
import type { Ledger } from '../ledger.ts';
import { outside } from '../outside.ts';
import type { Counters, Limit, Prices } from './limit.ts';
import { Watch } from './watch.ts';

/** Where it reads time, and chance. */
interface Clocks {
  clock: () => number;
  random?: () => number;
  prices?: Prices;
}

/** The ceilings that meters have set, and what keeps the lowest of them. */
export class Ceilings {
  /** Null while no meter has one. */
  limit: Limit | null = null;
  private readonly clocks: Clocks;
  private readonly ledger: Ledger;
  private readonly counters: Counters;
  private gate: Gate | null = null;
  private readonly asked: { ceiling: number }[] = [];

  constructor(clocks: Clocks, ledger: Ledger, counters: Counters) {
    this.clocks = clocks;
    this.ledger = ledger;
    this.counters = counters;
  }

  /** The gate whose hook it is about. */
  serve(gate: Gate): void {
    this.gate = gate;
    gate.limit = this.limit;
  }

  /** Returns what takes it back. */
  add(ceiling: number): () => void {
    const own = { ceiling };
    this.asked.push(own);
    this.keep();
    return () => {
      const at = this.asked.indexOf(own);
      if (at < 0) return;
      this.asked.splice(at, 1);
      this.keep();
    };
  }

  private keep(): void {
    if (this.asked.length === 0) {
      this.become(null);
      return;
    }
    const lowest = Math.min(...this.asked.map(({ ceiling }) => ceiling));
    if (this.limit !== null) {
      this.limit.ceiling = lowest;
      return;
    }
    const { counters, clocks } = this;
    const watch: Watch = new Watch(lowest, counters, clocks.clock, () => this.slice(watch));
    this.become(watch);
  }

  private become(limit: Limit | null): void {
    this.limit = limit;
    if (this.gate !== null) this.gate.limit = limit;
  }

  /** From here on it is known what the measuring costs, and measured in slices where that is too much. */
  private slice(watch: Watch): void {
    const { clocks, counters, ledger } = this;
    const gate = this.gate!;
    outside(() =>
      import('./begin.ts')
        .then(({ findPrices, Slices }) => {
          const begin = (prices: Prices) => {
            // The meter that asked for it may be closed by now.
            if (this.limit !== watch) return;
            const { clock, random = Math.random } = clocks;
            const pick = (of: number) => Math.floor(random() * of);
            this.become(new Slices(watch.ceiling, counters, prices, gate, watch.all, clock, pick));
          };
          if (clocks.prices !== undefined) begin(clocks.prices);
          // By itself: what runs in between would be measured as well. Where it fails, everything is measured, too.
          else
            setTimeout(
              () =>
                void findPrices(gate, ledger, clocks.clock)
                  .then(begin)
                  .catch(() => {}),
              0,
            ).unref();
        })
        // A build that lost this file goes on as it is: everything is measured.
        .catch(() => {}),
    );
  }
}
