import {
  type Account,
  mergeTags,
  type Series,
  type SeriesFinder,
  type Tag,
  type TagNode,
  TagTree,
} from '../books/index.ts';
import type { Call } from './call.ts';
import type { CallName } from './names.ts';

/** Turns calls into samples of one meter. */
export class CallRecorder {
  private readonly finder: SeriesFinder;
  private readonly tree: TagTree;
  private readonly withDetail: boolean;

  constructor(finder: SeriesFinder) {
    const { config, outputs } = finder.core;
    this.finder = finder;
    this.tree = new TagTree(config.maxSeries * 4 + 1024);
    this.withDetail = outputs.some((output) => output.wantsBreakdown && output.upstreams.length > 0);
  }

  /** A call that ended; `withWait` where its wait is known, and was not told before. */
  record(call: Call, account: Account, withWait: boolean): void {
    const { name, status, error } = call;
    const { core } = this.finder;
    if (!core.callKinds.has(name.kind)) return;
    if (name.isOther) core.otherCalls++;
    const node = this.node('', call.block, name, account)
      .next('status', status, this.tree)
      .next('error', error, this.tree);
    if (node.series === null || node.series.dead) {
      const failed = error !== '' ? error : status >= 400 ? String(status) : '';
      const tags = status === 0 ? [] : [detail('http_response_status_code', String(status), 'user')];
      if (failed !== '') tags.push(detail('error_type', failed, 'user'));
      node.series = this.series('', call.block, name, account, tags);
    }
    this.put(node, call.duration);
    if (!this.withDetail) return;
    if (withWait) this.wait(call, account, call.wait);
    if (call.pool > 0) this.sample('.pool', call.block, name, account, call.pool);
  }

  /** What a call cost its unit. */
  wait(call: Call, account: Account, ms: number): void {
    this.sample('.wait', call.block, call.name, account, Math.max(0, ms));
  }

  /** How often one unit made a call. */
  repeated(name: CallName, block: string, account: Account, times: number): void {
    this.sample('.repeated', block, name, account, times);
  }

  private sample(leaf: Leaf, block: string, name: CallName, account: Account, value: number): void {
    if (!this.withDetail || !this.finder.core.callKinds.has(name.kind)) return;
    const node = this.node(leaf, block, name, account);
    if (node.series === null || node.series.dead) node.series = this.series(leaf, block, name, account, []);
    this.put(node, value);
  }

  /** Walks over what makes a series, without making a string. */
  private node(leaf: Leaf, block: string, name: CallName, account: Account): TagNode {
    const { tree } = this;
    return tree
      .metric(this.finder.core.config.timings, LEAVES[leaf])
      .next('account', account, tree)
      .next('call', name, tree)
      .next('block', this.withDetail ? block : '', tree);
  }

  private series(
    leaf: Leaf,
    block: string,
    name: CallName,
    account: Account,
    more: readonly Tag[],
  ): Series | null {
    const { finder } = this;
    const { core } = finder;
    const own = [...tagsOf(name, core.config.upstreamPaths), ...more];
    if (this.withDetail && block !== '') own.push(detail('block', block, 'detail'));
    const { timings, sampleRate } = core.config;
    return core.resolve({
      metric: `${finder.prefix}${name.metric}${leaf}`,
      type: timings,
      tags: mergeTags(mergeTags(finder.baseTags, account.carried), own),
      rate: sampleRate,
      own: leaf !== '.repeated',
      breakdown: leaf !== '',
      calls: name.kind,
    });
  }

  private put(node: TagNode, value: number): void {
    const { core } = this.finder;
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

const recorders = new WeakMap<SeriesFinder, CallRecorder>();

/** The recorder of a meter, or child. */
export function recorderOf(finder: SeriesFinder): CallRecorder {
  let recorder = recorders.get(finder);
  if (recorder === undefined) recorders.set(finder, (recorder = new CallRecorder(finder)));
  return recorder;
}
