import type { TagInput } from '../config/index.ts';
import { shorten } from '../outputs/index.ts';
import type { MetricType, Series, SeriesId, Tag } from '../series/index.ts';
import type { Account } from './account.ts';
import type { MeterCore } from './core.ts';
import { mergeTags, TAG_CHARACTERS, tagsOf, userTags } from './tags.ts';
import { type TagNode, TagTree } from './tree.ts';

const NAME_CHARACTERS = 1024;

/** The unit of work around a sample, whose tags it carries. */
interface Tagged {
  readonly tags: ReadonlyMap<string, string> | null;
}

/**
 * Finds the series of a sample: a walk over the tags as the caller gave them, and only for one
 * never seen the canonical identity. One per meter and child.
 */
export class SeriesFinder {
  /** The app's tags and the child's. */
  readonly baseTags: readonly Tag[];
  readonly prefix: string;
  readonly core: MeterCore;
  private readonly tree: TagTree;

  constructor(core: MeterCore, prefix: string, ownTags: readonly Tag[]) {
    this.core = core;
    this.prefix = prefix;
    this.baseTags = mergeTags(core.appTags, ownTags);
    this.tree = new TagTree(core.config.maxSeries * 4 + 1024);
  }

  /** The series of a plain metric; null when there is no place for it. */
  plain(
    type: MetricType,
    name: string,
    tags: TagInput | undefined,
    rate: number,
    unit: Tagged | null,
  ): Series | null {
    const { tree } = this;
    let node = tree.metric(type, bounded(name, NAME_CHARACTERS));
    if (rate !== 1) node = node.next('', rate, tree);
    if (unit !== null && unit.tags !== null)
      for (const [key, value] of unit.tags) node = node.next(key, value, tree);
    if (tags !== undefined && tags !== null) {
      if (Array.isArray(tags)) for (const item of tags) node = node.next('', step(item), tree);
      else
        for (const key in tags)
          node = node.next(bounded(key, TAG_CHARACTERS), step((tags as Record<string, unknown>)[key]), tree);
    }
    if (node.series !== null && !node.series.dead) return node.series;
    const series = this.core.resolve(this.identity(type, name, rate, this.merge(tags, unit), false));
    if (series !== null && !series.overflow) node.series = series;
    return series;
  }

  /** Where the series of blocks of one name are kept, under the account of the unit that they are part of. */
  blocks(
    name: string,
    account: Account,
    type: MetricType,
    rate: number,
    server: readonly Tag[] | null,
  ): TagNode {
    const { tree } = this;
    let node = tree.metric(type, bounded(name, NAME_CHARACTERS)).next('account', account, tree);
    if (server !== null) node = node.next('server', server, tree);
    return rate === 1 ? node : node.next('', rate, tree);
  }

  /** The series of a block; null when there is no place for it. `own`: its tags, those over it last. */
  block(
    own: readonly Tag[],
    name: string,
    account: Account,
    type: MetricType,
    rate: number,
    server: readonly Tag[] | null,
  ): Series | null {
    const unit = server === null ? account.carried : [...account.carried, ...server];
    const tags = mergeTags(mergeTags(this.baseTags, unit), own);
    return this.core.resolve(this.identity(type, name, rate, tags, true));
  }

  identity(type: MetricType, name: string, rate: number, tags: readonly Tag[], own: boolean): SeriesId {
    return { metric: shorten(this.prefix + name, NAME_CHARACTERS), type, tags, rate, own, breakdown: false };
  }

  /** The app's tags, then the request's, then the call's own; the later wins. */
  merge(tags: TagInput | undefined, unit: Tagged | null): readonly Tag[] {
    return mergeTags(mergeTags(this.baseTags, tagsOf(unit?.tags ?? null)), userTags(tags));
  }
}

/** Text as the tree may keep it. */
function bounded(text: string, most: number): string {
  return text.length > most ? shorten(text, most) : text;
}

/** A tag value as the tree may keep it: no object of the application's, no long string. */
function step(value: unknown): unknown {
  if (typeof value === 'string') return bounded(value, TAG_CHARACTERS);
  return typeof value === 'object' || typeof value === 'function' ? String(value) : value;
}
