import { PART_HELP, PART_NAMES, PARTS } from '../model/rows.ts';

/** The colours of the bar, in the bar's order. */
/** @param hasWaits whether any bar tells what it waits for. */
export function Legend({ hasWaits }: { hasWaits: boolean }) {
  return (
    <ul class="legend" aria-label="Colours of the bars">
      {PARTS.map((name) => (
        <li key={name} tabIndex={0} data-say={`${PART_NAMES[name]}: ${PART_HELP[name]}`}>
          <i class={`swatch part-${name}`} />
          {PART_NAMES[name]}
        </li>
      ))}
      {hasWaits ? (
        <li
          tabIndex={0}
          data-say="waiting for upstream calls: each shade is one upstream, the longest first; hover a bar for its names"
        >
          <i class="swatch part-wait0" />
          upstreams
        </li>
      ) : null}
    </ul>
  );
}
