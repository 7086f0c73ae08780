/** What a call can be; metrics are named by it. */
export const CALL_KINDS = ['http', 'db', 'messaging', 'rpc'] as const;

export type CallKind = (typeof CALL_KINDS)[number];

/** The option `upstreams` as a list of kinds. */
export function wantedKinds(upstreams: boolean | readonly CallKind[]): readonly CallKind[] {
  return upstreams === true ? CALL_KINDS : upstreams === false ? [] : upstreams;
}
