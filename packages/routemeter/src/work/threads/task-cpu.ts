import { findThreadClock } from '../../attribution/thread-clock.ts';
import { now } from '../../platform/index.ts';

/**
 * The CPU of the tasks of one thread, which are its code from the moment that they are received until they are answered.
 * What is used while several are open is shared equally among them.
 */
export class TaskCpu {
  private readonly read: (() => number) | null = findThreadClock(now).read;
  private readonly open = new Map<unknown, number>();
  private last = 0;

  begin(id: unknown): void {
    if (this.read === null || id === undefined) return;
    this.share();
    this.open.set(id, 0);
  }

  /** The CPU of a task that is over; undefined where that is not known. */
  end(id: unknown): number | undefined {
    if (!this.open.has(id)) return undefined;
    this.share();
    const used = this.open.get(id);
    this.open.delete(id);
    return used;
  }

  private share(): void {
    const at = this.read!();
    const each = (at - this.last) / this.open.size;
    this.last = at;
    for (const [id, used] of this.open) this.open.set(id, used + each);
  }
}
