import {
  Account,
  type MeterCore,
  mergeTags,
  requestTag,
  type SeriesFinder,
  type Tag,
  TagTree,
  tagsOf,
  userTags,
} from '../books/index.ts';
import type { TagInput } from '../config/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import type { WorkKind } from './kinds.ts';
import { type UnitName, UnitNames, type UnitParts } from './names.ts';
import { UnitRecorder } from './recorder.ts';
import { WorkUnit } from './work-unit.ts';

const names = new WeakMap<MeterCore, UnitNames>();

function namesOf(core: MeterCore): UnitNames {
  let known = names.get(core);
  if (known === undefined) {
    names.set(core, (known = new UnitNames(() => core.otherUnits++)));
  }
  return known;
}

/** Makes units of work that are no requests, and turns them into samples of one meter: its accounts are their names. */
export class WorkRecorder extends UnitRecorder {
  private readonly names: UnitNames;
  private readonly known = new Map<UnitName, Account>();
  private readonly tree: TagTree;
  private readonly ignore: ReadonlySet<string>;

  constructor(finder: SeriesFinder) {
    super(finder);
    const { config } = finder.core;
    this.names = namesOf(finder.core);
    this.tree = new TagTree(config.maxSeries * 4 + 1024);
    this.ignore = new Set(config.ignore);
  }

  /** A unit that has not begun: the engine's `open` follows. */
  unit(parts: UnitParts, tags?: TagInput): WorkUnit {
    const { kind, name, system = '', destination = name, isNamedLater = false } = parts;
    const account = isNamedLater ? null : this.account(this.names.of(kind, name, system, destination));
    const unit = new WorkUnit(kind, name, this, account);
    if (tags !== undefined && tags !== null)
      for (const { key, value } of userTags(tags)) unit.tag(key, value);
    return unit;
  }

  /** One that a meter which is switched off hands to the code that it would run. */
  unmeasured({ kind, name }: UnitParts): WorkUnit {
    const unit = new WorkUnit(kind, name, this, null);
    unit.ended = true;
    return unit;
  }

  /** Records a unit whose times are final. Never throws. */
  record(unit: WorkUnit): void {
    try {
      const account = this.interim(unit);
      if (!this.core.recording() || this.named(unit, account) === null) return;
      this.recordBlocks(unit);
      if (this.core.chosen(this.rate)) this.recordTimes(unit, account);
    } catch (error) {
      this.core.drop('invalid');
      warnOnce('RM_INTERNAL', 'unit', `recording a unit of work failed and was contained: ${textOf(error)}`);
    }
  }

  interim(unit: WorkUnit): Account {
    return unit.account ?? this.accountOf(unit.kind as WorkKind, unit.name);
  }

  pending(unit: WorkUnit): Account {
    return this.interim(unit);
  }

  accountOf(kind: WorkKind, name: string): Account {
    return this.account(this.names.of(kind, name, '', name));
  }

  protected accounts(): Iterable<Account> {
    return this.known.values();
  }

  protected override collectLate(): void {
    super.collectLate();
    for (const name of this.known.keys()) if (name.dead) this.known.delete(name);
  }

  private account(name: UnitName): Account {
    let account = this.known.get(name);
    if (account === undefined) {
      const { metric, tags, carried, text } = name;
      this.known.set(name, (account = new Account(metric, tags, this.ignore.has(text), carried)));
    }
    return account;
  }

  private recordTimes(unit: WorkUnit, account: Account): void {
    const { tree, type } = this;
    let node = tree
      .metric(type, account.metric)
      .next('account', account, tree)
      .next('outcome', unit.outcome, tree)
      .next('error', unit.error, tree);
    if (unit.tags !== null) for (const [key, value] of unit.tags) node = node.next(key, value, tree);
    if (node.series === null || node.series.dead) {
      const own: Tag[] = [...account.tags, requestTag('outcome', unit.outcome)];
      if (unit.error !== '') own.push({ key: 'error_type', value: unit.error, origin: 'user' });
      const tags = mergeTags(mergeTags(this.finder.baseTags, tagsOf(unit.tags)), own);
      node.series = this.resolve(account.metric, type, tags, this.rate, false);
    }
    const wall = node.series;
    if (wall?.overflow) node.series = null;
    this.put(wall, unit.wall);
    if (unit.queued >= 0) this.recordQueued(unit.queued, account);
    this.recordCpu(unit, account);
  }

  private recordQueued(ms: number, account: Account): void {
    const node = this.tree.metric(this.type, '.queued').next('account', account, this.tree);
    if (node.series === null || node.series.dead) {
      const tags = mergeTags(this.finder.baseTags, account.tags);
      node.series = this.resolve(`${account.metric}.queued`, this.type, tags, this.rate, false);
    }
    this.put(node.series, ms);
  }
}
