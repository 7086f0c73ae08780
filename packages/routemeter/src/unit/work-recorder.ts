import {
  Account,
  type MeterCore,
  mergeTags,
  requestTag,
  type Series,
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

/** What is known of the units of one name, in one meter or child. */
class NamedAccount extends Account {
  readonly name: UnitName;

  constructor(name: UnitName, isIgnored: boolean) {
    super(name.metric, name.tags, isIgnored, name.carried);
    this.name = name;
  }
}

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
  private readonly known = new Map<UnitName, NamedAccount>();
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
    const { names } = this;
    const account = isNamedLater
      ? null
      : this.account(
          names.find(kind, name, system, destination) ?? names.of(kind, name, system, destination),
        );
    const unit = new WorkUnit(kind, name, this, account);
    if (tags !== undefined && tags !== null)
      for (const { key, value } of userTags(tags)) unit.tag(key, value);
    return unit;
  }

  /** A unit has begun: its name is in use. */
  opened(unit: WorkUnit): void {
    if (unit.account !== null) (unit.account as NamedAccount).name.touched = unit.openedAt;
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
      (account as NamedAccount).name.touched = unit.openedAt + unit.wall;
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

  private account(name: UnitName): NamedAccount {
    let account = this.known.get(name);
    if (account === undefined)
      this.known.set(name, (account = new NamedAccount(name, this.ignore.has(name.text))));
    return account;
  }

  private recordTimes(unit: WorkUnit, account: Account): void {
    this.put(this.wallOf(unit, account), unit.wall);
    if (unit.queued >= 0) this.recordQueued(unit.queued, account);
    this.recordCpu(unit, account);
  }

  private wallOf(unit: WorkUnit, account: Account): Series | null {
    const { outcome, error, told } = unit;
    const { lastWall: last } = account;
    if (
      last !== null &&
      unit.tags === null &&
      last.told === told &&
      last.outcome === outcome &&
      last.error === error &&
      !last.series.dead
    )
      return last.series;
    const { tree, type } = this;
    let node = tree
      .metric(type, account.metric)
      .next('account', account, tree)
      .next('outcome', outcome, tree)
      .next('error', error, tree)
      .next('told', told, tree);
    if (unit.tags !== null) for (const [key, value] of unit.tags) node = node.next(key, value, tree);
    if (node.series === null || node.series.dead) {
      const own: Tag[] = [...account.tags, requestTag('outcome', outcome)];
      if (error !== '') own.push({ key: 'error_type', value: error, origin: 'user' });
      const set = told === null ? tagsOf(unit.tags) : [...tagsOf(unit.tags), told];
      const tags = mergeTags(mergeTags(this.finder.baseTags, set), own);
      node.series = this.resolve(account.metric, type, tags, this.rate, false);
    }
    const wall = node.series;
    if (wall?.overflow) node.series = null;
    else if (wall !== null && unit.tags === null) account.lastWall = { outcome, error, told, series: wall };
    return wall;
  }

  private recordQueued(ms: number, account: Account): void {
    if (account.waited === null || account.waited.dead) {
      const tags = mergeTags(this.finder.baseTags, account.tags);
      account.waited = this.resolve(`${account.metric}.queued`, this.type, tags, this.rate, false);
    }
    this.put(account.waited, ms);
  }
}
