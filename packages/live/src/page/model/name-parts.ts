/** A piece of a name; the pieces in which it does not differ from the others are the first to be cut. */
export interface NamePart {
  text: string;
  differs: boolean;
}

/** So short a name fits. */
const LEAST_LENGTH = 24;
/** Names as long as a datagram come in from anywhere; further pieces stay with the last one. */
const MOST_SEGMENTS = 24;
const SEGMENT = /[/.]?[^/.]*/gy;

function segmentsOf(name: string): string[] {
  const found = (name.match(SEGMENT) ?? []).filter(Boolean);
  if (found.length <= MOST_SEGMENTS) return found;
  return [...found.slice(0, MOST_SEGMENTS - 1), found.slice(MOST_SEGMENTS - 1).join('')];
}

interface Node {
  next: Map<string, Node>;
}

/**
 * Cuts long names, such as route templates, into the pieces that tell them apart and those that do not: at
 * each segment, a name differs where others go on otherwise after the same beginning. The last segment always
 * counts as one that does.
 */
export function namePartsOf(names: Iterable<string>): (name: string) => readonly NamePart[] {
  const root: Node = { next: new Map() };
  for (const name of names) {
    let node = root;
    for (const segment of segmentsOf(name)) {
      let next = node.next.get(segment);
      if (!next) node.next.set(segment, (next = { next: new Map() }));
      node = next;
    }
  }
  const known = new Map<string, readonly NamePart[]>();
  return (name) => {
    let parts = known.get(name);
    if (!parts) known.set(name, (parts = partsOf(name, root)));
    return parts;
  };
}

function partsOf(name: string, root: Node): readonly NamePart[] {
  if (name.length < LEAST_LENGTH) return [{ text: name, differs: true }];
  const parts: NamePart[] = [];
  let node: Node | undefined = root;
  const segments = segmentsOf(name);
  segments.forEach((segment, index) => {
    const differs: boolean = index === segments.length - 1 || (node?.next.size ?? 0) > 1;
    node = node?.next.get(segment);
    const last = parts.at(-1);
    if (last?.differs === differs) last.text += segment;
    else parts.push({ text: segment, differs });
  });
  return parts;
}
