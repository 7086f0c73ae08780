import type { Ending } from './table.ts';

/** What a client asks, and when it leaves. */
export interface Ask {
  method: 'GET' | 'HEAD' | 'POST';
  headers: Record<string, string>;
  /** Of what `content-length` announces: all, or a part; or chunks that cannot be parsed. */
  body: 'none' | 'whole' | 'part' | 'broken';
  leaves: 'never' | 'handled' | 'headers' | 'body';
  how: 'destroy' | 'reset' | 'end';
  reads: boolean;
}

export const WHOLE = 'x'.repeat(100_000);

const ask = (one: Partial<Ask> = {}): Ask => ({
  method: 'GET',
  headers: {},
  body: 'none',
  leaves: 'never',
  how: 'destroy',
  reads: true,
  ...one,
});

export const ASKS: Record<Ending, Ask> = {
  ended: ask(),
  'ended, HEAD': ask({ method: 'HEAD' }),
  'ended without reading the body': ask({ method: 'POST', body: 'whole' }),
  'ended after early hints': ask(),
  'ended at checkContinue': ask({ method: 'POST', body: 'whole', headers: { expect: '100-continue' } }),
  'ended with trailers': ask(),
  'ended, then the request destroyed': ask(),
  'piped with content-length': ask(),
  'piped without content-length': ask(),
  'headers of 204 without an end': ask({ leaves: 'headers' }),
  'client leaves before headers': ask({ leaves: 'handled' }),
  'client leaves before headers, then ended': ask({ leaves: 'handled' }),
  'client leaves in the body': ask({ leaves: 'body' }),
  'client leaves in the body that was ended': ask({ leaves: 'handled', reads: false }),
  'client leaves after the last byte': ask({ leaves: 'body' }),
  'client resets after the last byte': ask({ leaves: 'body', how: 'reset' }),
  'client leaves in its upload, after the last byte': ask({ method: 'POST', body: 'part', leaves: 'body' }),
  'client ends its side before headers': ask({ leaves: 'handled', how: 'end' }),
  'server timeout': ask({ method: 'POST', body: 'part' }),
  'body that Node cannot parse': ask({ method: 'POST', body: 'broken' }),
  destroyed: ask(),
  'destroyed in the body': ask(),
  upgrade: ask({ headers: { connection: 'upgrade', upgrade: 'x' } }),
  'ended from a file': ask(),
  'client leaves in a file': ask({ leaves: 'body', reads: false }),
  'never ended': ask(),
  'never ended after headers': ask(),
};

export function pathOf(ending: Ending): string {
  return `/${ending.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
}
