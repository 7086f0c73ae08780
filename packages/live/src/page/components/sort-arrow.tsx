/** Shown in the head of the column that a table is sorted by. */
export function SortArrow({ descending }: { descending: boolean }) {
  return (
    <svg class={descending ? 'arrow' : 'arrow up'} viewBox="0 0 8 8" aria-hidden="true">
      <path d="M1 2.5h6L4 6.5z" />
    </svg>
  );
}
