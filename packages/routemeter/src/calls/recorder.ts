import {
  type Account,
  type MeterCore,
  mergeTags,
  type Series,
  type SeriesFinder,
  type Tag,
  type TagNode,
  TagTree,
} from '../books/index.ts';
import { CALL_KINDS } from '../config/index.ts';
import type { Call } from './call.ts';
import type { CallName } from './names.ts';

/** Where the last walk of a name to its series ended, which is nearly always where its next one would. */
class Walked {
  readonly recorder: CallRecorder;
  readonly account: Account;
  readonly block: string;
  /** Of waits; what else there is stands beneath. */
  readonly node: TagNode;
  /** Of the call that ended last: with the same status and error the next one is recorded there, too. */
  ended: TagNode | null = null;
  status = 0;
  error = '';
  /** Of the wait that was recorded last: with the same chance the next one is recorded there, too. */
  waits: TagNode | null = null;
  chance = 0;

  constructor(recorder: CallRecorder, account: Account, block: string, node: TagNode) {
    this.recorder = recorder;
    this.account = account;
    this.block = block;
    this.node = node;
  }
}

/** Turns calls into samples of one meter. */
export class CallRecorder {
  readonly finder: SeriesFinder;
  private readonly core: MeterCore;
  private readonly tree: TagTree;
  private readonly withDetail: boolean;
  private readonly takesAll: boolean;
  /** The share of units whose CPU the options want measured. */
  private readonly cpuShare: number;

  constructor(finder: SeriesFinder) {
    const { config, outputs } = finder.core;
    this.finder = finder;
    this.core = finder.core;
    this.tree = new TagTree(config.maxSeries * 4 + 1024);
    this.cpuShare = typeof config.cpu === 'number' ? config.cpu : 1;
    this.takesAll = CALL_KINDS.every((kind) => finder.core.callKinds.has(kind));
    this.withDetail = outputs.some((output) => output.wantsBreakdown && output.upstreams.length > 0);
  }

  /** A call that ended. `chance`: how likely its wait was to be known; 0 where it is not, or was told before. */
  record(call: Call, account: Account, chance: number): void {
    const { name, status, error } = call;
    if (!this.takes(name)) return;
    if (name.isOther) this.finder.core.otherCalls++;
    const walked = this.walk(call.block, name, account);
    const node =
      walked.ended !== null && walked.status === status && walked.error === error
        ? walked.ended
        : this.endedAs(walked, status, error);
    if (!this.put(node, call.duration)) {
      const failed = error !== '' ? error : status >= 400 ? String(status) : '';
      const tags = status === 0 ? [] : [detail('http_response_status_code', String(status), 'user')];
      if (failed !== '') tags.push(detail('error_type', failed, 'user'));
      this.putAnew(node, this.series('', call.block, name, account, tags), call.duration);
    }
    if (!this.withDetail) return;
    if (chance > 0) this.waited(walked, call.block, name, account, chance, call.wait);
    if (call.pool > 0) {
      const pools = walked.node.next('leaf', '.pool', this.tree);
      if (!this.put(pools, call.pool))
        this.putAnew(pools, this.series('.pool', call.block, name, account, []), call.pool);
    }
  }

  /** What a call cost its unit. */
  wait(call: Call, account: Account, chance: number, ms: number): void {
    const { block, name } = call;
    if (!this.withDetail || !this.takes(name)) return;
    this.waited(this.walk(block, name, account), block, name, account, chance, ms);
  }

  /** How often one unit made a call. */
  repeated(name: CallName, block: string, account: Account, times: number): void {
    if (!this.withDetail || !this.takes(name)) return;
    const node = this.walk(block, name, account).node.next('leaf', '.repeated', this.tree);
    if (!this.put(node, times)) this.putAnew(node, this.series('.repeated', block, name, account, []), times);
  }

  /** Waits are known of units whose CPU is measured alone, and so are sent with their rate. */
  private waited(
    walked: Walked,
    block: string,
    name: CallName,
    account: Account,
    chance: number,
    ms: number,
  ): void {
    let wait = ms;
    if (wait < 0) wait = 0;
    let node = walked.waits;
    if (node === null || walked.chance !== chance) {
      const rate = this.cpuShare * chance;
      node = rate === 1 ? walked.node : walked.node.next('chance', rate, this.tree);
      walked.waits = node;
      walked.chance = chance;
    }
    if (!this.put(node, wait)) {
      const series = this.series('.wait', block, name, account, [], this.cpuShare * chance);
      this.putAnew(node, series, wait);
    }
  }

  private takes(name: CallName): boolean {
    return this.takesAll || this.finder.core.callKinds.has(name.kind);
  }

  /**
   * Walks over what makes a series, without making a string. At the end stands the series of waits; those of
   * durations stand beneath it, by status and error.
   */
  private walk(block: string, name: CallName, account: Account): Walked {
    const { tree, withDetail } = this;
    const last = name.last as Walked | null;
    if (last !== null && last.account === account && last.block === block && last.recorder === this)
      return last;
    const node = tree
      .metric(this.finder.core.config.timings, 'call')
      .next('account', account, tree)
      .next('call', name, tree)
      .next('block', withDetail ? block : '', tree);
    const walked = new Walked(this, account, block, node);
    name.last = walked;
    return walked;
  }

  private endedAs(walked: Walked, status: number, error: string): TagNode {
    const node = walked.node.next('status', status, this.tree).next('error', error, this.tree);
    walked.status = status;
    walked.error = error;
    walked.ended = node;
    return node;
  }

  private series(
    leaf: Leaf,
    block: string,
    name: CallName,
    account: Account,
    more: readonly Tag[],
    share = 1,
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
      rate: sampleRate * share,
      own: leaf !== '.repeated',
      breakdown: leaf !== '',
      calls: name.kind,
    });
  }

  /** Records into the series that a node has; false where that must be asked for. */
  private put({ series }: TagNode, value: number): boolean {
    if (series === null || !series.plain || this.core.closed) return false;
    series.record(value);
    return true;
  }

  private putAnew(node: TagNode, series: Series | null, value: number): void {
    const { core } = this;
    // One that stands for others is asked for again: there may be room by then.
    node.series = series?.plain === true ? series : null;
    if (core.closed) core.drop('closed');
    else if (series === null) core.drop('cap');
    else series.record(value);
  }
}

type Leaf = '' | '.wait' | '.pool' | '.repeated';

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
/** The last one, nearly always the next one too. */
let last: CallRecorder | null = null;

/** The recorder of a meter, or child. */
export function recorderOf(finder: SeriesFinder): CallRecorder {
  if (last?.finder !== finder) last = find(finder);
  return last;
}

function find(finder: SeriesFinder): CallRecorder {
  let recorder = recorders.get(finder);
  if (recorder === undefined) recorders.set(finder, (recorder = new CallRecorder(finder)));
  return recorder;
}
