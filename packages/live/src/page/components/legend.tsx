import { GUESSED_HELP, PART_HELP, PART_NAMES, PARTS } from '../model/rows.ts';

interface Props {
  /** Whether any bar tells what it waits for. */
  hasWaits: boolean;
  /** Whether any name was guessed. */
  hasGuesses: boolean;
}

/** The colours of the bar, in the bar's order, and the mark of guessed names. */
export function Legend({ hasWaits, hasGuesses }: Props) {
  return (
    <ul class="legend" aria-label="What colours and marks mean">
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
      {hasGuesses ? (
        <li tabIndex={0} data-say={GUESSED_HELP}>
          <span aria-hidden="true">{'~\u00a0'}</span>
          guessed
        </li>
      ) : null}
    </ul>
  );
}
