import type { Position } from './budgets.ts';
import type { Locate } from './parse.ts';

/**
 * Finds entries of the object literal that a TypeScript or JavaScript file exports. What is computed has no
 * place there; then the nearest entry around it that is written out is told.
 */
export function literalLocate(source: string): Locate {
  const root = rootOf(source);
  return (path, what) => {
    if (root === undefined) return undefined;
    let open: number | undefined = root;
    let place: number = root;
    for (const [i, step] of path.entries()) {
      const entry: Entry | undefined =
        open === undefined ? undefined : entriesOf(source, open).get(String(step));
      if (entry === undefined) break;
      place = i === path.length - 1 && what === 'value' ? entry.value : entry.key;
      open = source[entry.value] === '{' ? entry.value : undefined;
    }
    return positionOf(source, place);
  };
}

interface Entry {
  key: number;
  value: number;
}

function rootOf(source: string): number | undefined {
  const match = /export\s+default\s+(?:\w+\s*\(\s*)?\{|=\s*(?:defineBudgets\s*\(\s*)?\{/.exec(source);
  return match === null ? undefined : match.index + match[0].length - 1;
}

const KEY = /(?:([\w$]+)|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")\s*:\s*/y;

/** Keys of the literal that opens here, with where they and their values start. */
function entriesOf(source: string, open: number): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  let isKey = true;
  let depth = 0;
  for (let i = open; i < source.length; ) {
    const after = skip(source, i);
    KEY.lastIndex = i;
    const match = depth === 1 && isKey ? KEY.exec(source) : null;
    if (match !== null) {
      entries.set(match[1] ?? match[2] ?? match[3]!, { key: i, value: KEY.lastIndex });
      isKey = false;
      i = KEY.lastIndex;
      continue;
    }
    if (after > i) {
      i = after;
      continue;
    }
    const character = source[i]!;
    if ('{[('.includes(character)) depth++;
    if ('}])'.includes(character) && --depth === 0) break;
    if (depth === 1 && (character === ',' || character === '{')) isKey = true;
    i++;
  }
  return entries;
}

const SKIPPED = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/y;

/** Past a comment or a text that starts here. */
function skip(source: string, at: number): number {
  SKIPPED.lastIndex = at;
  return SKIPPED.test(source) ? SKIPPED.lastIndex : at;
}

function positionOf(source: string, offset: number): Position {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
