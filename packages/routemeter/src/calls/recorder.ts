import {
  type Meter,
  mergeTags,
  requestTag,
  type Series,
  type Tag,
  type TagNode,
  TagTree,
} from '../meter/index.ts';
import type { Call } from './call.ts';
import type { CallName } from './names.ts';

/** Whose calls they are: the route and method of a request; the route is null outside one. */
export interface Place {
  readonly route: string | null;
  readonly method: string;
}

/** Turns calls into samples of one meter. */
export class CallRecorder {
  private readonly meter: Meter;
  private readonly tree: TagTree;
  private readonly withDetail: boolean;
  /** The last place, nearly always the next one too. */
  private last: Place = { route: null, method: '' };

  constructor(meter: Meter) {
    const { config, outputs } = meter.core;
    this.meter = meter;
    this.tree = new TagTree(config.maxSeries * 4 + 1024);
    this.withDetail = outputs.some((output) => output.wantsBreakdown && output.upstreams.length > 0);
  }

  place(route: string | null, method: string): Place {
    if (this.last.route !== route || this.last.method !== method) this.last = { route, method };
    return this.last;
  }

  /** A call that ended; `withWait` where its wait is known, and was not told before. */
  record(call: Call, place: Place, withWait: boolean): void {
    const { name, status, error } = call;
    const { core } = this.meter;
    if (!core.callKinds.has(name.kind)) return;
    if (name.isOther) core.otherCalls++;
    const node = this.node('', call.block, name, place)
      .next('status', status, this.tree)
      .next('error', error, this.tree);
    if (node.series === null || node.series.dead) {
      const failed = error !== '' ? error : status >= 400 ? String(status) : '';
      const tags = status === 0 ? [] : [detail('http_response_status_code', String(status), 'user')];
      if (failed !== '') tags.push(detail('error_type', failed, 'user'));
      node.series = this.series('', call.block, name, place, tags);
    }
    this.put(node, call.duration);
    if (!this.withDetail) return;
    if (withWait) this.wait(call, place, call.wait);
    if (call.pool > 0) this.sample('.pool', call.block, name, place, call.pool);
  }

  /** What a call cost its unit. */
  wait(call: Call, place: Place, ms: number): void {
    this.sample('.wait', call.block, call.name, place, Math.max(0, ms));
  }

  /** How often one unit made a call. */
  repeated(name: CallName, block: string, place: Place, times: number): void {
    this.sample('.repeated', block, name, place, times);
  }

  private sample(leaf: Leaf, block: string, name: CallName, place: Place, value: number): void {
    if (!this.withDetail || !this.meter.core.callKinds.has(name.kind)) return;
    const node = this.node(leaf, block, name, place);
    if (node.series === null || node.series.dead) node.series = this.series(leaf, block, name, place, []);
    this.put(node, value);
  }

  /** Walks over what makes a series, without making a string. */
  private node(leaf: Leaf, block: string, name: CallName, { route, method }: Place): TagNode {
    const { tree } = this;
    return tree
      .metric(this.meter.core.config.timings, LEAVES[leaf])
      .next('route', route, tree)
      .next('method', method, tree)
      .next('call', name, tree)
      .next('block', this.withDetail ? block : '', tree);
  }

  private series(
    leaf: Leaf,
    block: string,
    name: CallName,
    { route, method }: Place,
    more: readonly Tag[],
  ): Series | null {
    const { core, finder } = this.meter;
    const request =
      route === null ? [] : [requestTag('http_route', route), requestTag('http_method', method)];
    const own = [...tagsOf(name, core.config.upstreamPaths), ...more];
    if (this.withDetail && block !== '') own.push(detail('block', block, 'detail'));
    const { timings, sampleRate } = core.config;
    return core.resolve({
      metric: `${finder.prefix}${name.metric}${leaf}`,
      type: timings,
      tags: mergeTags(mergeTags(finder.baseTags, request), own),
      rate: sampleRate,
      own: leaf !== '.repeated',
      breakdown: leaf !== '',
      calls: name.kind,
    });
  }

  private put(node: TagNode, value: number): void {
    const { core } = this.meter;
    const { series } = node;
    // One that stands for others is asked for again: there may be room by then.
    if (series?.overflow) node.series = null;
    if (core.closed) core.drop('closed');
    else if (series === null) core.drop('cap');
    else series.record(value);
  }
}

const LEAVES = { '': 'call', '.wait': 'wait', '.pool': 'pool', '.repeated': 'repeated' } as const;
type Leaf = keyof typeof LEAVES;

function detail(key: string, value: string, origin: 'user' | 'detail'): Tag {
  return { key, value, origin };
}

/** The tags of a name, in OpenTelemetry's words. They give way before those of requests do. */
function tagsOf({ kind, system, peer, operation, detail: more }: CallName, withPath: boolean): Tag[] {
  const tags: Array<[key: string, value: string]> =
    kind === 'http'
      ? [
          ['server_address', peer],
          ['http_request_method', operation],
          ['url_template', withPath ? more : ''],
        ]
      : kind === 'db'
        ? [
            ['db_system_name', system],
            ['db_operation_name', operation],
            ['db_query_summary', more],
            ['server_address', peer],
          ]
        : kind === 'messaging'
          ? [
              ['messaging_system', system],
              ['messaging_destination_name', more],
              ['messaging_operation_name', operation],
            ]
          : [
              ['rpc_system', system],
              ['rpc_method', operation],
            ];
  const own = tags.filter(([, value]) => value !== '').map(([key, value]) => detail(key, value, 'user'));
  if (peer !== '' && (kind === 'messaging' || kind === 'rpc'))
    own.push(detail('server_address', peer, 'detail'));
  return own;
}

const recorders = new WeakMap<Meter, CallRecorder>();

/** The recorder of a meter. */
export function recorderOf(meter: Meter): CallRecorder {
  let recorder = recorders.get(meter);
  if (recorder === undefined) recorders.set(meter, (recorder = new CallRecorder(meter)));
  return recorder;
}
