/**
 * A piece of a name, and when it is cut where there is no room: `first` those in which it does not differ from the
 * others, `then` those in which it does, `last` its last segment, which says what the name is of.
 */
export interface NamePart {
  text: string;
  cut: 'first' | 'then' | 'last';
}

/** So short a name fits. */
const LEAST_LENGTH = 24;
/** So short a piece is not worth a cut, which takes a letter and the dots. */
const LEAST_PIECE = 8;
/** Names as long as a datagram come in from anywhere; further segments stay with the last one. */
const MOST_SEGMENTS = 24;
const SEGMENT = /[/.]?[^/.]*/gy;

function segmentsOf(name: string): string[] {
  const found = (name.match(SEGMENT) ?? []).filter(Boolean);
  if (found.length <= MOST_SEGMENTS) return found;
  return [...found.slice(0, MOST_SEGMENTS - 1), found.slice(MOST_SEGMENTS - 1).join('')];
}

/** What names go on with after the same beginning. */
interface Node {
  next: Map<string, Node>;
  /** How many letters all of them begin with. */
  shared?: number;
}

/**
 * Cuts long names, such as route templates, into the pieces that tell them apart and those that do not: a name
 * differs where others go on otherwise after the same beginning.
 */
export function namePartsOf(names: Iterable<string>): (name: string) => readonly NamePart[] {
  const root: Node = { next: new Map() };
  for (const name of names) {
    let node = root;
    for (const segment of segmentsOf(name)) {
      let next = node.next.get(segment);
      if (!next) {
        next = { next: new Map() };
        node.next.set(segment, next);
      }
      node = next;
    }
  }
  const known = new Map<string, readonly NamePart[]>();
  return (name) => {
    let parts = known.get(name);
    if (!parts) {
      parts = partsOf(name, root);
      known.set(name, parts);
    }
    return parts;
  };
}

function partsOf(name: string, root: Node): readonly NamePart[] {
  if (name.length < LEAST_LENGTH) return [{ text: name, cut: 'last' }];
  const parts: NamePart[] = [];
  let node: Node | undefined = root;
  const segments = segmentsOf(name);
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1;
    const shared: number = node && node.next.size > 1 ? sharedOf(node) : isLast ? 0 : segment.length;
    add(parts, segment.slice(0, shared), 'first');
    add(parts, segment.slice(shared), isLast ? 'last' : 'then');
    node = node?.next.get(segment);
  });
  return joined(parts);
}

function add(parts: NamePart[], text: string, cut: NamePart['cut']): void {
  const last = parts.at(-1);
  if (last?.cut === cut) last.text += text;
  else if (text) parts.push({ text, cut });
}

/** How much of their next segment all names have in common; a few letters are left with the rest. */
function sharedOf(node: Node): number {
  if (node.shared === undefined) {
    const [first = '', ...others] = node.next.keys();
    let shared = first.length;
    for (const other of others) {
      while (shared > 0 && !other.startsWith(first.slice(0, shared))) shared -= 1;
    }
    // The separator stays with what follows it.
    node.shared = shared > 1 ? shared : 0;
  }
  return node.shared;
}

/** Pieces that are too short to be cut belong to their neighbours. */
function joined(parts: readonly NamePart[]): NamePart[] {
  const found: NamePart[] = [];
  for (const { text, cut } of parts) {
    add(found, text, cut === 'first' && text.length < LEAST_PIECE ? 'then' : cut);
  }
  return found;
}
