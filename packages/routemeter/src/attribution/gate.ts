import { setTimeout, type Timer } from '../platform/index.ts';
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
    this.needed = true;
    this.synchronous = 0;
    if (this.on) return;
    this.turnOn();
    // Microtasks that wait already do not announce themselves, and are most likely this work's.
    if (this.ledger.current === null) this.ledger.current = work;
  }

  /** A work that was held has ended. */
  release(): void {
    this.held--;
    this.needed = true;
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
    if (this.held > 0 || this.needed) {
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
