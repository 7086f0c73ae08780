import { PART_HELP, PART_NAMES, PARTS } from '../model/rows.ts';

/** The colours of the bar, in the bar's order. */
export function Legend() {
  return (
    <ul class="legend" aria-label="Colours of the bars">
      {PARTS.map((name) => (
        <li key={name} tabIndex={0} data-say={`${PART_NAMES[name]}: ${PART_HELP[name]}`}>
          <i class={`swatch part-${name}`} />
          {PART_NAMES[name]}
        </li>
      ))}
    </ul>
  );
}
