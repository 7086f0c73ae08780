import { setTimeout, type Timer } from '../platform/index.ts';
import type { Limit } from './ceiling/limit.ts';
import type { Slice } from './ceiling/slice.ts';
import type { BeforeHook } from './hook.ts';
import type { Ledger } from './ledger.ts';
import { outside } from './outside.ts';
import type { Work } from './work.ts';

/** The hook goes off after a pause of one to two of these without need for it. */
const PAUSE_MS = 50;
/** After this many works in a row that ended synchronously the hook waits for one that does not. */
const SYNCHRONOUS = 20;
/** How often it is looked whether such works leave something behind after all. */
const PROBE_MS = 5000;

/**
 * Keeps the hook on only while it is of use: while a work is open past the synchronous code that
 * opened it. Routes that answer synchronously then cost next to nothing.
 *
 * A continuation that was scheduled before the hook came on does not announce itself. So the hook
 * comes on before a request's code runs, except where the last requests all ended synchronously.
 */
export class Gate {
  on = false;
  /** Looked after while the hook is on; null where it may cost what it does. */
  limit: Limit | null = null;
  private readonly ledger: Ledger;
  private readonly hook: BeforeHook;
  private held = 0;
  private needed = false;
  private synchronous = 0;
  private probedAt: number;
  private timer: Timer | null = null;

  constructor(ledger: Ledger, hook: BeforeHook) {
    this.ledger = ledger;
    this.hook = hook;
    this.probedAt = ledger.last;
  }

  /** An outermost work begins. */
  begin(): void {
    if (this.on) return;
    const { ledger } = this;
    if (ledger.strayed) {
      ledger.strayed = false;
      this.synchronous = 0;
    }
    if (this.synchronous >= SYNCHRONOUS && ledger.last - this.probedAt < PROBE_MS) return;
    this.probedAt = ledger.last;
    this.turnOn();
  }

  /** `work` goes on past the code that runs now. */
  hold(work: Work): void {
    this.held++;
    if (work.slice !== null) work.slice.held++;
    this.needed = true;
    this.synchronous = 0;
    if (this.on) return;
    this.turnOn();
    // Microtasks that wait already do not announce themselves, and are most likely this work's.
    if (this.ledger.current === null) this.ledger.current = work;
  }

  /** A work that was held has ended. */
  release(work: Work): void {
    this.held--;
    if (work.slice !== null) work.slice.held--;
    this.needed = true;
  }

  /** Works of this slice do not need the hook any more. */
  giveUp(slice: Slice): void {
    this.held -= slice.held;
    slice.held = 0;
  }

  /** Calls `act` with the hook switched by hand, and puts it back after that. */
  async byHand(act: (hook: BeforeHook) => Promise<void>): Promise<void> {
    this.hook.disable();
    try {
      await act(this.hook);
    } finally {
      if (this.on) this.hook.enable();
      else this.hook.disable();
    }
  }

  /** An outermost work has ended that was never held. */
  endedUnheld(): void {
    this.synchronous++;
  }

  /** A work begins that is not measured: the block of the sample is over. */
  unmeasured(): void {
    if (this.on && this.held === 0 && this.ledger.depth === 0) this.turnOff();
  }

  private turnOn(): void {
    this.on = true;
    this.needed = true;
    this.hook.enable();
    if (this.timer === null) {
      // A timer made inside a request would keep that request's context for good.
      this.timer = outside(() => setTimeout(() => this.tick(), PAUSE_MS)).unref();
    } else {
      this.timer.refresh();
    }
  }

  private tick(): void {
    if (!this.on) return;
    // Between two slices there is nothing that it could be needed for soon.
    const isOver = this.limit?.tick() === true;
    if (this.held > 0 || (this.needed && !isOver)) {
      this.needed = false;
      this.timer?.refresh();
    } else {
      this.turnOff();
    }
  }

  private turnOff(): void {
    this.on = false;
    this.hook.disable();
    this.ledger.switchTo(null);
  }
}
