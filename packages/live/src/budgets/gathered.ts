import type { Subject } from 'routemeter/budgets';
import type { Further, TimesPart } from '../routes/row.ts';
import type { Called } from './upstreams.ts';

/** What is known of one subject; times at the quantiles that were asked for. */
export interface Gathered {
  subject: Subject;
  /** Requests or calls: of all, and of those of which each part is told. */
  count: Partial<Record<TimesPart, number>> & { wall: number };
  errors: number;
  /** What is told of no subject of its kind is left out. */
  times: Partial<Record<TimesPart, Further>>;
  /** Of routes and upstreams, where an application tells of calls. */
  called?: Called | undefined;
}
