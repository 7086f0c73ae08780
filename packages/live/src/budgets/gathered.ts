import type { Subject } from 'routemeter/budgets';
import type { Further } from '../routes/row.ts';
import type { Called } from './upstreams.ts';

/** What is known of one subject; times at the quantiles that were asked for. */
export interface Gathered {
  subject: Subject;
  /** Requests or calls, of all and of those with CPU time. */
  count: { wall: number; cpu: number };
  errors: number;
  wall: Further;
  cpu: Further;
  /** Of routes and upstreams, where an application tells of calls. */
  called?: Called | undefined;
}
