import type { RouteRow, Wait } from '../api/types.ts';

/** What one upstream has of the idle part of a bar. `shade` is its colour: 0 to 4, or `rest`. */
export interface WaitPiece {
  name: string;
  mean: number;
  shade: string;
}

const REST = 'other upstreams';

/**
 * The idle part of a route by upstream, the longest first; empty where no waits are sent. What is left of it is
 * idle time without an open call.
 */
export function waitPieces(row: RouteRow): { pieces: WaitPiece[]; left: number } {
  const idle = row.idle?.mean ?? 0;
  const waits = row.waits ?? [];
  const sum = waits.reduce((total, wait) => total + wait.mean, 0);
  // Both are means of what is measured on its own, and can miss each other by a little.
  const scale = sum > idle && sum > 0 ? idle / sum : 1;
  const pieces = waits.map((wait, at) => pieceOf(wait, at, scale)).filter(({ mean }) => mean > 0);
  return { pieces, left: Math.max(0, idle - sum) };
}

function pieceOf({ name, mean }: Wait, at: number, scale: number): WaitPiece {
  return { name: name ?? REST, mean: mean * scale, shade: name === null ? 'rest' : String(at) };
}
