import type { Kind } from './reading.ts';

/** One way to write a metric, and what its sender means by it. */
export interface Form {
  /** Letters alone: what every server leaves as it is. */
  id: string;
  /** What a reader of the table sees, with `n` for the name. */
  line: string;
  /** Datagrams, with `NAME` for the name; a newline stands between lines of one. */
  payloads: string[];
  meant: Meaning;
}

export type Meaning = {
  kind: Kind;
  tags?: Record<string, string>;
  /** Parts of the name behind that of the form. */
  rest?: string;
} & ({ value: number } | { count: number; sum: number });

const LONG_KB = 10;

const form = (id: string, line: string, meant: Meaning, payloads = [line]): Form => ({
  id,
  line,
  meant,
  payloads: payloads.map((payload) => payload.replace(/(^|\n)n(?=[:,;.])/g, '$1NAME')),
});
const counted = (value: number, more: Partial<Meaning> = {}) =>
  ({ kind: 'count', value, ...more }) as Meaning;
const timed = (count: number, sum: number, more: Partial<Meaning> = {}) =>
  ({ kind: 'timing', count, sum, ...more }) as Meaning;
const gauged = (value: number) => ({ kind: 'gauge', value }) as Meaning;

const ROUTE = { route: '/users/:id', method: 'GET' };
const now = () => Math.floor(Date.now() / 1000);

/** The forms in which clients write, ours among them. */
export const FORMS: readonly Form[] = [
  form('counter', 'n:3|c', counted(3)),
  form('sampledcounter', 'n:3|c|@0.5', counted(6)),
  form('packedcounter', 'n:3:4|c', counted(7)),
  form('gauge', 'n:7.5|g', gauged(7.5)),
  form('changedgauge', 'n:7|g, n:+2|g', gauged(9), ['n:7|g\nn:+2|g']),
  form('zeroedgauge', 'n:0|g, n:-3|g', gauged(-3), ['n:0|g\nn:-3|g']),
  form('negativegauge', 'n:5|g, n:-3|g', gauged(-3), ['n:5|g\nn:-3|g']),
  form('set', 'n:a|s, n:b|s', { kind: 'set', value: 2 }, ['n:a|s\nn:b|s\nn:a|s']),
  form('timing', 'n:12.5|ms', timed(1, 12.5)),
  form('shorttiming', 'n:0.25|ms', timed(1, 0.25)),
  form('exponent', 'n:1e3|ms', timed(1, 1000)),
  form('histogram', 'n:12.5|h', timed(1, 12.5)),
  form('distribution', 'n:12.5|d', timed(1, 12.5)),
  form('packedtiming', 'n:10:20:30|ms', timed(3, 60)),
  form('packedhistogram', 'n:10:20:30|h', timed(3, 60)),
  form('packeddistribution', 'n:10:20:30|d', timed(3, 60)),
  form('severaltypes', 'n:10|ms:20|ms', timed(2, 30)),
  form('sampledtiming', 'n:10|ms|@0.5', timed(2, 20)),
  form('sampleddistribution', 'n:10|d|@0.5', timed(2, 20)),
  form('tags', 'n:3|c|#route:/users/:id,method:GET', counted(3, { tags: ROUTE })),
  form('timingtags', 'n:10|ms|#route:/users/:id,method:GET', timed(1, 10, { tags: ROUTE })),
  form('packedtags', 'n:10:20|ms|#method:GET', timed(2, 30, { tags: { method: 'GET' } })),
  form('sampledtags', 'n:10|ms|@0.5|#method:GET', timed(2, 20, { tags: { method: 'GET' } })),
  form('bareword', 'n:3|c|#canary', counted(3, { tags: { canary: '' } })),
  form('emptyvalue', 'n:3|c|#canary:', counted(3, { tags: { canary: '' } })),
  form('emptytags', 'n:3|c|#', counted(3)),
  form(
    'influxtags',
    'n,route=/users/_id,method=GET:3|c',
    counted(3, { tags: { route: '/users/_id', method: 'GET' } }),
  ),
  form(
    'graphitetags',
    'n;route=-users-_id;method=GET:3|c',
    counted(3, { tags: { route: '-users-_id', method: 'GET' } }),
  ),
  form('container', 'n:3|c|#method:GET|c:ci-1f2e', counted(3, { tags: { method: 'GET' } })),
  form('external', 'n:3|c|#method:GET|e:it-false,cn-web', counted(3, { tags: { method: 'GET' } })),
  form('cardinality', 'n:3|c|#method:GET|card:low', counted(3, { tags: { method: 'GET' } })),
  form('timestamp', 'n:3|c|#method:GET|T1700000000', counted(3, { tags: { method: 'GET' } }), [
    `n:3|c|#method:GET|T${now()}`,
  ]),
  form('event', 'n:3|c beside _e{5,4}:title|text', counted(3), ['_e{5,4}:title|text\nn:3|c']),
  form('check', 'n:3|c beside _sc|name|0', counted(3), ['_sc|name|0\nn:3|c']),
  form('slash', 'n.a/b:3|c', counted(3, { rest: '.a/b' })),
  form('space', 'n.a b:3|c', counted(3, { rest: '.a b' })),
  form('unicode', 'n.größe:3|c', counted(3, { rest: '.größe' })),
  form('upper', 'n.Users:3|c', counted(3, { rest: '.Users' })),
  form('returns', 'n:3|c\\r\\n', counted(3), ['n:3|c\r\n']),
  form('kilobyte', 'a name of 1 kB', counted(3, { rest: `.${'a'.repeat(1000)}` }), [
    `n.${'a'.repeat(1000)}:3|c`,
  ]),
  form('longname', `a name of ${LONG_KB} kB`, counted(3, { rest: `.${'a'.repeat(LONG_KB * 1000)}` }), [
    `n.${'a'.repeat(LONG_KB * 1000)}:3|c`,
  ]),
  form('largedatagram', '8 kB in one datagram', counted(300), [lines(300)]),
  form('hugedatagram', '60 kB in one datagram', counted(2300), [lines(2300)]),
];

/** Lines of 26 bytes. */
function lines(count: number): string {
  return Array.from({ length: count }, () => 'n:1.000000|c').join('\n');
}

/** What the name of a form's metric begins with. */
export const nameOf = ({ id }: Form): string => `rm${id}x`;

export const payloadsOf = (form: Form): string[] =>
  form.payloads.map((payload) => payload.replaceAll('NAME', nameOf(form)));
