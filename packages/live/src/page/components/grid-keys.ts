/**
 * Arrow keys in a table whose rows have `[data-cell]` elements: up and down between rows, left
 * and right between the cells shown, Home and End to the first and last row. Enter on any cell
 * opens the row's link. The table is one stop of the Tab key however long it is.
 */
export function gridKeys(event: KeyboardEvent): void {
  const cell = (event.target as Element).closest<HTMLElement>('[data-cell]');
  const row = cell?.closest('tr');
  if (!cell || !row || event.ctrlKey || event.metaKey || event.altKey) return;
  const column = cell.dataset.cell;
  const rows = [...(row.parentElement?.children ?? [])];
  const index = rows.indexOf(row);

  const inRow = (target: Element | undefined) =>
    // A row far away has its name alone.
    target?.querySelector<HTMLElement>(`[data-cell="${column}"]`) ??
    target?.querySelector<HTMLElement>('[data-cell]') ??
    null;
  const beside = (step: number) => {
    const cells = [...row.querySelectorAll<HTMLElement>('[data-cell]')].filter(
      (candidate) => candidate.offsetParent !== null,
    );
    return cells[cells.indexOf(cell) + step] ?? null;
  };
  const moves: Record<string, () => HTMLElement | null> = {
    ArrowDown: () => inRow(rows[index + 1]),
    ArrowUp: () => inRow(rows[index - 1]),
    Home: () => inRow(rows[0]),
    End: () => inRow(rows.at(-1)),
    ArrowRight: () => beside(1),
    ArrowLeft: () => beside(-1),
  };
  if (event.key === 'Enter' && cell.tagName !== 'A') {
    row.querySelector<HTMLElement>('a[href]')?.click();
    return;
  }
  if (event.key === 'Escape') {
    cell.blur();
    return;
  }
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  const target = move();
  target?.focus({ preventScroll: true });
  target?.closest('tr')?.scrollIntoView({ block: 'nearest' });
}
