interface Props {
  title: string;
  unit?: string;
  /** Of the help list; without one the title explains itself. */
  topic?: string;
  class: string;
}

/** The head of a column: its title with its unit, and what it is on hover and on focus. */
export function HeadCell({ title, unit, topic, class: name }: Props) {
  return (
    <th scope="col" class={name}>
      <span tabIndex={topic ? 0 : undefined} data-help={topic}>
        {title}
        {unit ? <small>{unit}</small> : null}
      </span>
    </th>
  );
}
