import { shortHash } from './text.ts';

/** What one meter may claim in all, and in one space (the values of one tag): about 5 MB at the most. */
const CLAIMS = 16_384;
const CLAIMS_PER_SPACE = 4_096;
/** Longer texts are remembered by their digest. */
const KEPT = 256;

/** How a text may stand on the wire, and what the server will make of it. */
export interface Form {
  readonly wire: string;
  /** Whether the wire text still tells all that the raw one did. */
  readonly exact: boolean;
  /** The characters that the server keeps; the mark of a text that had to be told apart fits in. */
  readonly most: number;
  /** What the server stores for a wire text: lower case, other characters replaced, cut. */
  stored(wire: string): string;
}

/**
 * Keeps texts apart that a wire format, or the server behind it, would make one.
 *
 * The first of them goes out as it is, so that `/users/:userId` stays readable although a server
 * that lower-cases could confuse it with `/users/:userid`; one that would be stored the same
 * carries a hash of itself. Past the bound whatever loses information carries a hash.
 */
export class Distinct {
  private readonly spaces = new Map<string, Map<string, string>>();
  private claims = 0;

  /** The text for the wire: the same for the same `raw`, and stored unlike any other in `space`. */
  of(space: string, raw: string, form: Form): string {
    const owner = brief(raw);
    space = brief(space);
    if (this.claim(space, owner, form.stored(form.wire), form.exact)) return form.wire;
    for (let salt = 0; ; salt++) {
      const mark = `-${shortHash(salt === 0 ? raw : `${salt} ${raw}`)}`;
      const marked = form.wire.slice(0, Math.max(0, form.most - mark.length)).toWellFormed() + mark;
      if (this.claim(space, owner, form.stored(marked), true)) return marked;
    }
  }

  /** Whether `stored` is, or now becomes, the owner's. `free`: it may go unclaimed when there is no room. */
  private claim(space: string, owner: string, stored: string, free: boolean): boolean {
    let claims = this.spaces.get(space);
    const other = claims?.get(stored);
    if (other !== undefined) return other === owner;
    if (this.claims >= CLAIMS || (claims?.size ?? 0) >= CLAIMS_PER_SPACE) return free;
    if (claims === undefined) this.spaces.set(space, (claims = new Map()));
    claims.set(stored, owner);
    this.claims++;
    return true;
  }
}

function brief(text: string): string {
  if (text.length <= KEPT) return text;
  // Not loaded before: few names are that long.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest('base64');
}
