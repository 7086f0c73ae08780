import { engine, Work } from '../attribution/index.ts';
import { type Account, NOBODY, REQUEST_TAGS, type SeriesFinder, tagText } from '../books/index.ts';
import type { TagInput } from '../config/index.ts';

/** Whom an ended block reports to. */
export interface BlockOwner {
  readonly finder: SeriesFinder;
  ended(block: Block): void;
  record(block: Block, account: Account): void;
}

/**
 * A timed piece of code. `wall` and `cpu` are in milliseconds and final after it ended.
 *
 * @example
 * const feed = await meter.time('feed', async (block) => {
 *   block.tag('source', 'cache')
 *   return load()
 * })
 */
export class Block extends Work implements Disposable {
  readonly name: string;
  readonly tagsGiven: TagInput | undefined;
  /** Tags set while it ran, over those given at the start. */
  tagsSet: Map<string, string> | null = null;
  /** @internal */
  readonly owner: BlockOwner;

  constructor(name: string, parent: Work | null, owner: BlockOwner, tags: TagInput | undefined) {
    super('block', parent);
    this.name = name;
    this.owner = owner;
    this.tagsGiven = tags;
  }

  /** Tags this block; the last value of a key counts. Ignored after the end, and beyond 32 tags. Never throws. */
  tag(key: string, value: string | number | boolean): this {
    if (this.ended) return this;
    this.tagsSet ??= new Map();
    if (this.tagsSet.size < REQUEST_TAGS) this.tagsSet.set(tagText(key), tagText(value));
    return this;
  }

  /** Ends the block and records it. A second call does nothing. */
  end(): void {
    this.finish(false);
  }

  /** Ends the block with an error, whose class becomes the tag `error`. */
  fail(error: unknown, returned = false): void {
    this.tag('error', errorClass(error));
    this.finish(returned);
  }

  /** @internal `returned`: as `Engine.close` has it. */
  finish(returned: boolean): void {
    if (this.ended) return;
    engine().close(this, returned);
    this.owner.ended(this);
  }

  /** @internal Whose meter records it. */
  get finder(): SeriesFinder {
    return this.owner.finder;
  }

  /** @internal Of a block outside any unit: where its calls are recorded. */
  get account(): Account {
    return NOBODY;
  }

  /** @internal */
  interim(): Account {
    return NOBODY;
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** The class of a thrown value: its name, never its message, which would have no bound. */
export function errorClass(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.constructor?.name || error.name || 'Error').slice(0, 60);
    return typeof error;
  } catch {
    return 'Error';
  }
}
