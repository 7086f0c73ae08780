/** Values at one place of a path, of which half came once, after which the place is taken for a parameter. */
const LIKELY = 16;
/** The same however often each came. */
const CERTAIN = 50;
/** The first place of a path holds an application's own words more often than any other. */
const FIRST = { likely: 40, certain: 80 };
/** Places that are kept; words beyond are not known, and read as none. */
const MOST_PLACES = 2000;
/** Names that are ever made, so that what is learned late cannot cost without end. */
const EVER = 2;

/** `package.Service/Method` of gRPC: a method is no value, however many there are. */
const RPC = /^[\w.]*\.[A-Z]\w*$/;

interface Place {
  /** How often requests came here. */
  count: number;
  /** Whether it is the end of a name that was given. */
  isName: boolean;
  /** What may follow; none for most. */
  next: Map<string, Place> | null;
  /** Children that came once. */
  single: number;
  /** What stands for every value that follows, once they were many. */
  parameter: string | null;
}

const place = (): Place => ({ count: 0, isName: false, next: null, single: 0, parameter: null });

/**
 * Remembers paths whose values were taken out, and learns where words are values all the same: a place
 * at which many different ones came, most of them once, as those of users do. Paths through it have one
 * name from then on.
 */
export class LearnedPaths {
  private root = place();
  private places = 0;
  private names = 0;
  private made = 0;
  private readonly most: number;

  /** @param most names at a time; ever, twice as many. */
  constructor(most: number) {
    this.most = most;
  }

  /**
   * The name of a path.
   *
   * @param segments recognised values are `:id` by now.
   * @returns null where there is no room for another name.
   */
  name(segments: readonly string[]): string | null {
    let at = this.root;
    let name = '';
    for (let depth = 0; depth < segments.length; depth++) {
      const own = segments[depth]!;
      const isMethod = depth > 0 && RPC.test(segments[depth - 1]!);
      const key = at.parameter ?? own;
      const found = at.next?.get(key) ?? this.add(at, key);
      if (found === null) return null;
      if (++found.count === 1) at.single++;
      else if (found.count === 2) at.single--;
      if (!isMethod && isParameter(at, depth)) {
        this.learn(at);
        // The same path again, by what is known now: each place is learned once.
        return this.name(segments);
      }
      name += `/${key}`;
      at = found;
    }
    if (at.isName) return name === '' ? '/' : name;
    if (this.names >= this.most || this.made >= this.most * EVER) return null;
    at.isName = true;
    this.names++;
    this.made++;
    return name === '' ? '/' : name;
  }

  private add(at: Place, key: string): Place | null {
    if (this.places >= MOST_PLACES) return null;
    this.places++;
    const added = place();
    at.next ??= new Map();
    at.next.set(key, added);
    return added;
  }

  /** From here on every value at this place reads the same; what followed each of them is found out again. */
  private learn(at: Place): void {
    at.parameter = at.next!.has(':id') ? ':id' : ':p';
    for (const one of at.next!.values()) this.forget(one);
    at.next = null;
    at.single = 0;
  }

  private forget(one: Place): void {
    this.places--;
    if (one.isName) this.names--;
    for (const each of one.next?.values() ?? []) this.forget(each);
  }
}

function isParameter(at: Place, depth: number): boolean {
  if (at.parameter !== null || at.next === null) return false;
  const { likely, certain } = depth === 0 ? FIRST : { likely: LIKELY, certain: CERTAIN };
  const { size } = at.next;
  return size >= certain || (size >= likely && at.single * 2 >= size);
}
