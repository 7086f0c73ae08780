import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument, stringify } from 'yaml';
import type { Position } from './budgets.ts';
import type { Locate } from './parse.ts';
import type { Problem } from './problem.ts';

/** What the text says, or the first reason why it cannot be read. */
export type Yaml = { value: unknown; locate: Locate } | { problem: Problem };

/** Reads YAML, or JSON, which is a part of it. */
export function readYaml(text: string, isJson: boolean): Yaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    ...(isJson ? { schema: 'json' as const } : {}),
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const remedy = isJson ? 'write valid JSON' : 'correct the YAML; quote text with special characters';
    return { problem: { at: at(error.pos[0]), text: `${error.message.split('\n')[0]}; ${remedy}` } };
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Too many aliases, or one without an anchor.
    return { problem: { at: undefined, text: `${(error as Error).message}; write the values out` } };
  }
  return { value, locate: (path, what) => locate(document.contents, path, what, at) };
}

function locate(
  root: unknown,
  path: readonly (string | number)[],
  what: 'key' | 'value',
  at: (offset: number) => Position,
): Position | undefined {
  let node = root;
  let place = start(root);
  for (const [i, step] of path.entries()) {
    if (!isMap(node)) break;
    const pair = node.items.find(
      (item) => (isScalar(item.key) ? String(item.key.value) : item.key) === String(step),
    );
    if (pair === undefined) break;
    const isLast = i === path.length - 1;
    place = (isLast && what === 'key' ? start(pair.key) : start(pair.value)) ?? start(pair.key) ?? place;
    node = pair.value;
  }
  return place === undefined ? undefined : at(place);
}

function start(node: unknown): number | undefined {
  return isNode(node) ? ((node as Node).range?.[0] ?? undefined) : undefined;
}

/** Writes a value as YAML; long lines stay whole, so that a change shows as one line. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
