import {
  type Limit,
  type Measured,
  measureErrors,
  measureMean,
  type Subject,
  unitSubject,
} from 'routemeter/budgets';
import { CALL_TAGS, identityOf } from '../calls/kinds.ts';
import { CALLER_TAGS, readCalls, serviceOf } from '../calls/reading.ts';
import { SERVICE } from '../routes/recogniser.ts';
import type { RouteRow } from '../routes/row.ts';
import type { Range } from '../routes/table.ts';
import type { Reader, Summary } from '../store/store.ts';

/** What is known of the calls of a route, of one of its upstreams, or of one upstream over all routes. */
export interface Called {
  calls: number;
  errors: number;
  waited: number;
  /** What one request can have made at most, and waited at most, by what each call was at its most. */
  most: { calls: number; wait: number };
  /** How long a request took at most, which its waiting is a part of. */
  longest: number;
  /** Requests of the route; 0 where nothing tells what one of them called. */
  requests: number;
}

/** One call of a route, in one block. */
interface Part {
  service: string;
  route: string;
  method: string;
  name: string;
  calls: number;
  errors: number;
  waited: number;
  longestWait: number;
  repeated: number;
}

const BY = [SERVICE, ...CALLER_TAGS, ...CALL_TAGS, 'block'];

/** The calls of everything that budgets can be about, by `keyOf` its subject. */
export class UpstreamBook {
  readonly #known = new Map<string, { subject: Subject; called: Called }>();

  static async read(reader: Reader, range: Range, rows: readonly RouteRow[]): Promise<UpstreamBook> {
    const book = new UpstreamBook();
    const query = { ...range, where: {} };
    const [outcomes, waits, repeats] = await Promise.all([
      readCalls(reader, '', query, [...BY, 'error_type'], { need: 'counts' }),
      readCalls(reader, '.wait', query, BY),
      readCalls(reader, '.repeated', query, BY),
    ]);
    if (outcomes.length === 0) return book;
    const parts = new Map<string, Part>();
    const partOf = (one: Summary, leaf: '' | '.wait' | '.repeated'): Part => {
      const { route = '', method = '' } = unitSubject(one.tags) ?? {};
      const { block = '' } = one.tags;
      const { name } = identityOf(one, leaf);
      const service = serviceOf(one, leaf);
      const key = JSON.stringify([service, route, method, name, block]);
      let part = parts.get(key);
      if (part === undefined) {
        const none = { calls: 0, errors: 0, waited: 0, longestWait: 0, repeated: 0 };
        parts.set(key, (part = { service, route, method, name, ...none }));
      }
      return part;
    };
    for (const one of outcomes) {
      const part = partOf(one, '');
      part.calls += one.count;
      if ((one.tags.error_type ?? '') !== '') part.errors += one.count;
    }
    for (const one of waits) {
      const part = partOf(one, '.wait');
      part.waited += one.sum;
      part.longestWait = Math.max(part.longestWait, one.max ?? 0);
    }
    for (const one of repeats) {
      const part = partOf(one, '.repeated');
      part.repeated = Math.max(part.repeated, one.max ?? 0);
    }
    // An application that sends no breakdown tells of no request what it called.
    const requests = repeats.length === 0 ? 0 : 1;
    for (const { service, method, route, count, wall } of rows) {
      const called = book.#at({ service, method, route });
      called.requests = count * requests;
      called.longest = wall.max ?? Number.POSITIVE_INFINITY;
    }
    for (const part of parts.values()) book.#add(part);
    return book;
  }

  /** What requests call altogether; undefined where no application tells of calls. */
  of(subject: Subject): Called | undefined {
    return this.#known.get(keyOf(subject))?.called;
  }

  /** The upstreams of each route, and over all routes. */
  get upstreams(): Array<{ subject: Subject; called: Called }> {
    return [...this.#known.values()].filter(({ subject }) => subject.upstream !== undefined);
  }

  #at(subject: Subject): Called {
    const key = keyOf(subject);
    let one = this.#known.get(key);
    if (one === undefined) {
      const most = { calls: 0, wait: 0 };
      const called = { calls: 0, errors: 0, waited: 0, most, longest: Number.POSITIVE_INFINITY, requests: 0 };
      this.#known.set(key, (one = { subject, called }));
    }
    return one.called;
  }

  #add({ service, route, method, name, ...part }: Part): void {
    const subjects: Subject[] = [{ upstream: name }];
    if (route !== '') {
      const own = { service, method: method.toUpperCase().replace(/^OTHER$/, 'other'), route };
      const ofRoute = this.#at(own);
      const called = this.#at({ ...own, upstream: name });
      called.requests = ofRoute.requests;
      called.longest = ofRoute.longest;
      subjects.push(own, { ...own, upstream: name });
    }
    for (const subject of subjects) {
      const called = this.#at(subject);
      called.calls += part.calls;
      called.errors += part.errors;
      called.waited += part.waited;
      // Each can have been at its most in the same request.
      called.most.calls += part.repeated;
      called.most.wait += part.repeated * part.longestWait;
    }
  }
}

/** Holds a limit of calls against what is known of them. */
export function measureCalled(
  { measure }: Pick<Limit, 'measure'>,
  called: Called,
  confidence: number,
): Measured {
  if (measure === 'errors') return measureErrors(called.errors, Math.round(called.calls), confidence);
  const { requests, most, longest } = called;
  const count = Math.round(requests);
  return measure === 'calls'
    ? measureMean(called.calls, most.calls, count, confidence)
    : measureMean(called.waited, Math.min(longest, most.wait), count, confidence);
}

function keyOf({ service, method, route, upstream }: Subject): string {
  return JSON.stringify([service, method, route, upstream]);
}
