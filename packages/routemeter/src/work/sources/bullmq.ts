import { destinationOf } from '../../calls/destination.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { Added } from '../added.ts';
import { jobName } from '../naming.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Judge } from '../units.ts';

interface Parts {
  worker: object | null;
  jobs: object | null;
}

interface Job {
  id?: unknown;
  name?: unknown;
  queueName?: unknown;
  queueQualifiedName?: unknown;
  timestamp?: number;
  processedOn?: number;
  attemptsMade?: number;
  attemptsStarted?: number;
  discarded?: boolean;
  opts?: { attempts?: number; delay?: number };
}

interface Worker {
  name?: unknown;
  qualifiedName?: unknown;
  opts?: { maxStartedAttempts?: number };
}

/** One attempt that is under way. */
interface Attempt {
  /** The qualified name of its queue, and the job's. */
  readonly queue: unknown;
  readonly id: unknown;
  /** The library gave the job to another worker. */
  isTaken: boolean;
}

/** Jobs that are under way, for what workers tell of them; beyond, a stalled one is not known as such. */
const UNDER_WAY = 10_000;
/** Errors by which a handler puts its job back. */
const PUT_BACK = new Set(['DelayedError', 'WaitingError', 'WaitingChildrenError', 'RateLimitError']);
const RATE_LIMITED = 'bullmq:rateLimitExceeded';

/**
 * bullmq. Each attempt of a job is a unit: `callProcessJob` of a worker.
 *
 * - ends: with its processor, also of one that runs in a process or thread of its own, whose CPU is not this one's.
 * - name: that of the job, below its queue.
 * - outcome: `retry` where attempts are left, or where the processor put the job back by an error made for that;
 *   `stalled` where the library took the job from a worker of this process that had lost its lock.
 * - queued: from when the job was added, or its delay was over, to its first attempt.
 */
export const bullmq: UnitSource<Parts> = {
  package: 'bullmq',
  find({ Worker, Job }) {
    const worker = prototypeOf(Worker);
    const isWorker = worker !== null && 'callProcessJob' in worker;
    const isJob = typeof Job === 'function' && 'createBulk' in Job && 'fromJSON' in Job;
    return isWorker || isJob
      ? { worker: isWorker ? worker : null, jobs: isJob ? (Job as object) : null }
      : null;
  },
  install(hooks, { worker, jobs }) {
    hookAdding(hooks, jobs);
    hookAttempts(hooks, worker);
    hooks.replace(
      worker,
      'emit',
      (original) =>
        function (this: Worker, ...args) {
          if (args[0] === 'stalled' || args[0] === 'lockRenewalFailed')
            hooks.guarded(() => {
              for (const id of Array.isArray(args[1]) ? args[1] : [args[1]]) take(this.qualifiedName, id);
            });
          return original.apply(this, args);
        },
    );
  },
};

const added = new Added();
const underWay = new Set<Attempt>();

function take(queue: unknown, id: unknown): void {
  for (const attempt of underWay)
    if (String(attempt.id) === String(id) && String(attempt.queue) === String(queue)) attempt.isTaken = true;
}

function hookAdding(hooks: UnitHooks, jobs: object | null): void {
  for (const method of ['create', 'createBulk'])
    hooks.replace(
      jobs,
      method,
      (original) =>
        function (this: unknown, ...args) {
          const adder = hooks.units.active ? hooks.guarded(() => added.adder()) : null;
          const made = original.apply(this, args) as unknown;
          if (adder === null || !(made instanceof Promise)) return made;
          return made.then((result: Job | Job[]) => {
            hooks.guarded(() => {
              for (const job of Array.isArray(result) ? result : [result])
                added.remember(keyOfJob(job), adder);
            });
            return result;
          });
        },
    );
}

function hookAttempts(hooks: UnitHooks, worker: object | null): void {
  const { units } = hooks;
  hooks.replace(
    worker,
    'callProcessJob',
    (original) =>
      function (this: Worker, ...args) {
        const run = units.active ? hooks.guarded(attemptOf, this, args[0] as Job, undefined) : null;
        if (run === null) return original.apply(this, args);
        return units.around(run.begun, original, this, args, run.judge);
      },
  );
}

function attemptOf(worker: Worker, job: Job) {
  const destination = destinationOf(job.queueName ?? worker.name);
  const attempt: Attempt = { queue: job.queueQualifiedName, id: job.id, isTaken: false };
  if (underWay.size < UNDER_WAY) underWay.add(attempt);
  const judge: Judge = (unit, error) => {
    underWay.delete(attempt);
    // Nearly always another process added it.
    const key = added.size > 0 ? keyOfJob(job) : '';
    const adder = key === '' ? undefined : added.name(key);
    if (adder !== undefined) unit.tag('added_by', adder);
    const isAgain = error !== undefined && isRetried(worker, job, error);
    if (attempt.isTaken) unit.setOutcome('stalled');
    else if (isAgain) unit.setOutcome('retry');
    if (key !== '' && !attempt.isTaken && !isAgain) added.forget(key);
  };
  const begun = {
    kind: 'job',
    system: 'bullmq',
    destination,
    name: jobName(job.name) || destination,
    queued: queuedOf(job),
  } as const;
  return { begun, judge };
}

/** As the library decides it right after; what a backoff of the application's own says is not known yet. */
function isRetried({ opts: { maxStartedAttempts = 0 } = {} }: Worker, job: Job, error: unknown): boolean {
  const { name, message } = (error ?? {}) as Partial<Error>;
  if (PUT_BACK.has(String(name)) || message === RATE_LIMITED) return true;
  const { attemptsMade = 0, attemptsStarted = 0, discarded = false, opts = {} } = job;
  const isLast = maxStartedAttempts > 0 && attemptsStarted >= maxStartedAttempts;
  return attemptsMade + 1 < (opts.attempts ?? 0) && name !== 'UnrecoverableError' && !discarded && !isLast;
}

/** Of a further attempt nobody knows since when it could have run. */
function queuedOf({
  timestamp,
  processedOn,
  attemptsMade,
  attemptsStarted = 1,
  opts,
}: Job): number | undefined {
  if (timestamp === undefined || (attemptsMade ?? 0) > 0 || attemptsStarted > 1) return undefined;
  return (processedOn ?? Date.now()) - timestamp - (opts?.delay ?? 0);
}

function keyOfJob(job: Job): string {
  return keyOf(job.queueQualifiedName, job.id);
}

function keyOf(queue: unknown, id: unknown): string {
  return `${String(queue)}:${String(id)}`;
}
