/** A piece of a name; the pieces in which it does not differ from the others are the first to be cut. */
export interface NamePart {
  text: string;
  differs: boolean;
}

/** So short a name fits. */
const LEAST_LENGTH = 24;
/** So short a piece is not worth a cut, which takes a letter and the dots. */
const LEAST_PIECE = 5;
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
 * differs where others go on otherwise after the same beginning. The last segment always counts as such, since
 * it says what the name is of.
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
  if (name.length < LEAST_LENGTH) return [{ text: name, differs: true }];
  const parts: NamePart[] = [];
  const add = (text: string, differs: boolean) => {
    const last = parts.at(-1);
    if (last?.differs === differs) last.text += text;
    else if (text) parts.push({ text, differs });
  };
  let node: Node | undefined = root;
  const segments = segmentsOf(name);
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1;
    const cut: number = node && node.next.size > 1 ? sharedOf(node) : isLast ? 0 : segment.length;
    add(segment.slice(0, cut), false);
    add(segment.slice(cut), true);
    node = node?.next.get(segment);
  });
  return joined(parts);
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
  for (const { text, differs } of parts) {
    const isKept = differs || text.length < LEAST_PIECE;
    const last = found.at(-1);
    if (last?.differs === isKept) last.text += text;
    else found.push({ text, differs: isKept });
  }
  return found;
}
