import { CALL_METRICS } from '../budgets/index.ts';
import { beside } from './unit.ts';

/** Where the samples of one call are. */
export interface CallPlace {
  /** Full name of the metric of its durations. */
  metric: string;
  tags: ReadonlyArray<readonly [key: string, value: string]>;
  /** Of a database: its operation, where calls of it that name tables are others. */
  withoutTables?: string;
}

const MESSAGING = new Set(['kafka', 'rabbitmq', 'bullmq', 'nats', 'aws_sqs', 'aws_sns', 'smtp', 'mqtt']);
const RPC = new Set(['grpc', 'connect_rpc', 'trpc', 'jsonrpc']);

/** The metrics of all calls of the application that has this metric of requests. */
export function callMetricsOf(request: string, leaf: '' | '.wait' = ''): string[] {
  return CALL_METRICS.map((metric) => beside(request, metric) + leaf);
}

/** Where a call is, by its name as the page has it: `GET api.example.com/users`, `postgresql SELECT users`. */
export function callPlace(name: string, request: string): CallPlace {
  const at = name.indexOf(' ');
  const [first, rest] = at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)];
  // Systems are in lower case.
  if (/^[A-Z]+$/.test(first) || first === 'other') {
    const path = rest.indexOf('/');
    const [host, template] = path < 0 ? [rest, ''] : [rest.slice(0, path), rest.slice(path)];
    return {
      metric: beside(request, 'http.client.request'),
      tags: [
        ['http_request_method', first],
        ['server_address', host],
        ...(template === '' ? [] : [['url_template', template] as const]),
      ],
    };
  }
  if (MESSAGING.has(first)) {
    const [operation, destination] = split(rest);
    return {
      metric: beside(request, 'messaging.client.operation'),
      tags: [
        ['messaging_system', first],
        ['messaging_operation_name', operation],
        ...(destination === '' ? [] : [['messaging_destination_name', destination] as const]),
      ],
    };
  }
  if (RPC.has(first)) {
    return {
      metric: beside(request, 'rpc.client.call'),
      tags: [
        ['rpc_system', first],
        ['rpc_method', rest],
      ],
    };
  }
  const hasTables = rest.includes(' ');
  return {
    metric: beside(request, 'db.client.operation'),
    tags: [
      ['db_system_name', first],
      [hasTables ? 'db_query_summary' : 'db_operation_name', rest],
    ],
    ...(hasTables ? {} : { withoutTables: rest }),
  };
}

function split(text: string): [string, string] {
  const at = text.indexOf(' ');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
