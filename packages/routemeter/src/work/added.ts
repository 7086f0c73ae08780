import { currentUnit, type Unit } from '../unit/index.ts';

/** Jobs of which it is remembered who added them; beyond, the oldest are forgotten. */
export const REMEMBERED = 5000;

/**
 * Which unit of this process added a job that has not ended yet: what libraries store of a job is the application's,
 * so that nothing is added to it. A job that another process added has no such name.
 */
export class Added {
  private readonly by = new Map<string, Unit>();

  /** The unit around the caller; null outside any. */
  adder(): Unit | null {
    return currentUnit();
  }

  /** @param key tells the job from all others of the process. */
  remember(key: string, unit: Unit): void {
    this.by.delete(key);
    if (this.by.size >= REMEMBERED) this.by.delete(this.by.keys().next().value as string);
    this.by.set(key, unit);
  }

  /** Who added a job, as `POST /orders` or `job mails/welcome`; undefined where nobody knows. */
  name(key: string): string | undefined {
    const unit = this.by.get(key);
    return unit === undefined ? undefined : nameOf(unit);
  }

  /** The job is over. */
  forget(key: string): void {
    this.by.delete(key);
  }

  get size(): number {
    return this.by.size;
  }
}

function nameOf(unit: Unit): string | undefined {
  const account = unit.account ?? unit.interim();
  if (account.isIgnored) return undefined;
  const tags = new Map(account.tags.map(({ key, value }) => [key, value]));
  const [kind, name] =
    unit.kind === 'request'
      ? [tags.get('http_method'), tags.get('http_route')]
      : [tags.get('work_kind'), tags.get('work_name')];
  return kind === undefined || name === undefined ? undefined : `${kind} ${name}`;
}
