import type { UnitKind } from '../attribution/index.ts';

/** The kinds of units of work that are no HTTP requests. */
export type WorkKind = Exclude<UnitKind, 'request'>;

/** The canonical name of the metric of each kind: OpenTelemetry's where it has one. */
export const WORK_METRICS: Readonly<Record<WorkKind, string>> = {
  work: 'work.run',
  cron: 'work.run',
  job: 'messaging.process',
  message: 'messaging.process',
  socket: 'messaging.process',
  rpc: 'rpc.server.call',
  graphql: 'graphql.server.operation',
};

export const WORK_KINDS = Object.keys(WORK_METRICS) as readonly WorkKind[];

export function isWorkKind(kind: unknown): kind is WorkKind {
  return typeof kind === 'string' && Object.hasOwn(WORK_METRICS, kind);
}
