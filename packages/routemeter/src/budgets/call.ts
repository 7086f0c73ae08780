/** A part of what is measured of calls: durations, `.wait`, `.repeated`, `.pool`. */
const CALL =
  /^(?:(.*)\.)?(http\.client\.request|db\.client\.operation|messaging\.client\.operation|rpc\.client\.call)(\.wait|\.repeated|\.pool)?$/s;

type Tags = Readonly<Record<string, string | undefined>>;

/** How the name of a call is made of the tags of each metric: words, of each list the first that has a value. */
const WORDS: Readonly<Record<string, (tags: Tags) => Array<string | undefined>>> = {
  'http.client.request': (tags) => [
    tags.http_request_method,
    `${tags.server_address ?? ''}${tags.url_template ?? ''}`,
  ],
  'db.client.operation': (tags) => [
    tags.db_system_name,
    tags.db_query_summary || tags.db_operation_name || tags.server_address,
  ],
  'messaging.client.operation': (tags) => [
    tags.messaging_system,
    [tags.messaging_operation_name, tags.messaging_destination_name].filter(Boolean).join(' ') ||
      tags.server_address,
  ],
  'rpc.client.call': (tags) => [tags.rpc_system, tags.rpc_method || tags.server_address],
};

/** The metrics of durations of calls, without a prefix. */
export const CALL_METRICS: readonly string[] = Object.keys(WORDS);

/** What a sample of a call is of. */
export interface CallSample {
  /** As the page names the call: `postgresql SELECT users`, `GET api.example.com`. */
  name: string;
  part: '' | '.wait' | '.repeated' | '.pool';
}

/** Reads a metric as one of upstream calls; undefined for all others. */
export function callSample(metric: string, tags: Tags): CallSample | undefined {
  const match = CALL.exec(metric);
  if (match === null) return undefined;
  const [, , canonical, part = ''] = match as unknown as [
    string,
    string,
    string,
    CallSample['part'] | undefined,
  ];
  return { name: WORDS[canonical]!(tags).filter(Boolean).join(' ') || canonical, part };
}
