import { callSample } from 'routemeter/budgets';
import { prefixOf, type TagKeys } from '../routes/recogniser.ts';
import type { MetricInfo, Summary } from '../store/store.ts';

/** What an application asks of something outside of it, in the words of OpenTelemetry. */
export type CallKind = 'http' | 'db' | 'messaging' | 'rpc';

/** Which call it is. Empty where samples say nothing. */
export interface CallIdentity {
  /** What people are shown: `postgresql SELECT users`, `GET api.example.com`. */
  name: string;
  kind: CallKind;
  /** `postgresql`, `redis`, `rabbitmq`, `grpc`. */
  system: string;
  /** `host` or `host:port`. */
  peer: string;
  /** `GET`, `SELECT users`, `publish orders`, the method of an RPC. */
  operation: string;
}

interface Kind {
  kind: CallKind;
  /** The canonical name of its metric. */
  metric: string;
  system: string;
  /** The tags whose values, one after another, are the operation; of each list the first that has a value. */
  operation: readonly TagKeys[];
}

const PEER = 'server_address';
const PATH = 'url_template';

const KINDS: readonly Kind[] = [
  { kind: 'http', metric: 'http.client.request', system: '', operation: [['http_request_method']] },
  {
    kind: 'db',
    metric: 'db.client.operation',
    system: 'db_system_name',
    // The summary begins with the operation.
    operation: [['db_query_summary', 'db_operation_name']],
  },
  {
    kind: 'messaging',
    metric: 'messaging.client.operation',
    system: 'messaging_system',
    operation: [['messaging_operation_name'], ['messaging_destination_name']],
  },
  { kind: 'rpc', metric: 'rpc.client.call', system: 'rpc_system', operation: [['rpc_method']] },
];

/** Tags that tell one call from another. */
export const CALL_TAGS: readonly string[] = [
  ...new Set([
    PEER,
    PATH,
    ...KINDS.flatMap(({ system, operation }) => [...(system === '' ? [] : [system]), ...operation.flat()]),
  ]),
];

/** Tags that tell one upstream from another. */
export const PEER_TAGS: readonly string[] = [
  PEER,
  ...KINDS.flatMap(({ system }) => (system === '' ? [] : [system])),
];

/** What is measured of a call beside its duration. */
export type CallPart = '' | '.wait' | '.repeated';

/** The names of all metrics of calls, under whatever prefix. */
export function callMetrics(metrics: readonly MetricInfo[], part: CallPart): string[] {
  const names = metrics.map(({ name }) => name).filter((name) => kindOf(name, part) !== undefined);
  return [...new Set(names)];
}

/** The name of the metric of durations that a part's metric belongs to. */
export function canonicalOf(name: string, part: CallPart): string {
  return name.slice(0, name.length - part.length);
}

/** What stands before the canonical name: a service, or ''. */
export function prefixOfCall(name: string, part: CallPart): string {
  return prefixOf(name, kindOf(name, part)!.metric + part) ?? '';
}

/** Which call a summary by `CALL_TAGS` is of. */
export function identityOf({ name, tags }: Summary, part: CallPart): CallIdentity {
  const kind = kindOf(name, part)!;
  const system = tags[kind.system] ?? '';
  const peer = tags[PEER] ?? '';
  const operation = kind.operation
    .map((keys) => keys.map((key) => tags[key] ?? '').find((value) => value !== '') ?? '')
    .filter((value) => value !== '')
    .join(' ');
  return {
    // As budgets name it.
    name: callSample(name, tags)!.name,
    kind: kind.kind,
    system,
    peer,
    operation: kind.kind === 'http' ? [operation, tags[PATH]].filter(Boolean).join(' ') : operation,
  };
}

/** What an upstream is called, from a summary by `PEER_TAGS`: its system, or its address where it has none. */
export function upstreamName({ name, tags }: Summary, part: CallPart): string {
  const { system } = kindOf(name, part)!;
  return tags[system] || tags[PEER] || kindOf(name, part)!.metric;
}

function kindOf(name: string, part: CallPart): Kind | undefined {
  return KINDS.find(({ metric }) => prefixOf(name, metric + part) !== undefined);
}
