import type { Event, ServiceCheck } from './events.ts';

/** An event as the API shows it. */
export interface KeptEvent {
  /** Unix ms: its own time, or when it came. */
  at: number;
  title: string;
  text: string;
  alertType?: string;
  priority?: string;
  aggregationKey?: string;
  source?: string;
  host?: string;
  tags: Record<string, string[]>;
}

/** A service check as the API shows it. */
export interface KeptCheck {
  at: number;
  name: string;
  status: 'ok' | 'warning' | 'critical' | 'unknown';
  message?: string;
  host?: string;
  tags: Record<string, string[]>;
}

const STATUSES = ['ok', 'warning', 'critical', 'unknown'] as const;
/** Of each kind; the oldest leave. */
const MOST = 1000;
/** Of one text; an event can be as long as a payload. */
const MAX_TEXT = 4096;

/** The last events and service checks. */
export class Notices {
  readonly #events: KeptEvent[] = [];
  readonly #checks: KeptCheck[] = [];

  event(event: Event, now: number): void {
    keep(this.#events, {
      at: event.timestamp > 0 ? event.timestamp * 1000 : now,
      title: cut(event.title),
      text: cut(event.text),
      alertType: event.alertType,
      priority: event.priority,
      ...(event.aggregationKey === '' ? {} : { aggregationKey: cut(event.aggregationKey) }),
      ...(event.sourceType === '' ? {} : { source: cut(event.sourceType) }),
      ...(event.hostname === '' ? {} : { host: cut(event.hostname) }),
      tags: tagsOf(event.tags),
    });
  }

  check(check: ServiceCheck, now: number): void {
    keep(this.#checks, {
      at: check.timestamp > 0 ? check.timestamp * 1000 : now,
      name: cut(check.name),
      status: STATUSES[check.status]!,
      ...(check.message === '' ? {} : { message: cut(check.message) }),
      ...(check.hostname === '' ? {} : { host: cut(check.hostname) }),
      tags: tagsOf(check.tags),
    });
  }

  /** The newest first, as they came. */
  events(limit: number): KeptEvent[] {
    return this.#events.slice(-limit).reverse();
  }

  checks(limit: number): KeptCheck[] {
    return this.#checks.slice(-limit).reverse();
  }

  clear(): void {
    this.#events.length = 0;
    this.#checks.length = 0;
  }
}

function keep<T>(list: T[], one: T): void {
  if (list.length === MOST) list.shift();
  list.push(one);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}

function tagsOf(tags: readonly string[]): Record<string, string[]> {
  // Keys come from the wire: without a prototype, `__proto__` is a key like any other.
  const found: Record<string, string[]> = Object.create(null);
  let room = MAX_TEXT;
  for (const tag of tags) {
    room -= tag.length;
    if (tag === '' || room < 0) continue;
    const colon = tag.indexOf(':');
    const key = colon < 0 ? tag : tag.slice(0, colon);
    const value = colon < 0 ? '' : tag.slice(colon + 1);
    found[key] ??= [];
    if (!found[key].includes(value)) found[key].push(value);
  }
  return found;
}
