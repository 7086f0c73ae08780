import type { Upstream } from '../api/types.ts';

export const KINDS = ['http', 'db', 'messaging', 'rpc'] as const;

/** Identity of an upstream from answer to answer. */
export function upstreamKey({ prefix, kind, name, peer }: Upstream): string {
  return [prefix, kind, name, peer].join('\u0000');
}

/** Those whose name, address or prefix holds the text, of one kind. */
export function fittingUpstreams(all: readonly Upstream[], text: string, kind: string): Upstream[] {
  const wanted = text.toLowerCase();
  return all.filter(
    (one) =>
      (kind === '' || one.kind === kind) &&
      [one.name, one.peer, one.prefix].some((part) => part.toLowerCase().includes(wanted)),
  );
}
