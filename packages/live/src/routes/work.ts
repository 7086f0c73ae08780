import { FAILURES, labelOf, unitMetric, WORK_METRICS } from 'routemeter/budgets';
import { isTiming, type Recogniser, type RouteMetric, SERVICE, summedBeside, TIMINGS } from './recogniser.ts';

/** What the library sends of units of work that are no requests: jobs, messages, RPCs, schedules. */
export const work: Recogniser = {
  name: 'work',
  about: 'myapp.messaging.process:12.3|d|#work_name:mails/welcome,work_kind:job,outcome:ok',
  tags: {
    service: SERVICE,
    route: ['work_name'],
    method: ['work_kind'],
    status: ['outcome'],
    adder: ['added_by'],
  },
  kinds: { label: labelOf, failures: FAILURES },
  find(metrics) {
    const found = new Map<string, RouteMetric>();
    for (const metric of metrics) {
      const unit = unitMetric(metric.name);
      if (unit === undefined || !WORK_METRICS.includes(unit.name) || !isTiming(metric)) continue;
      // Others may call something of theirs so, too.
      if (!metric.tagKeys.includes('work_kind') || !metric.tagKeys.includes('work_name')) continue;
      found.set(metric.name, {
        metric: metric.name,
        types: TIMINGS,
        toMs: 1,
        cpu: `${metric.name}.cpu`,
        stalled: `${metric.name}.stalled`,
        loopBusy: `${metric.name}.loop_busy`,
        cpuRemote: summedBeside(metric.name, 'cpu_remote'),
        service: unit.prefix,
      });
    }
    return [...found.values()];
  },
};
