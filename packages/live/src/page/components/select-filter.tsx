interface Props {
  label: string;
  value: string;
  options: readonly (string | [value: string, words: string])[];
  onChange(value: string): void;
}

const WIDEST = 40;

/** One of several, or all; stays visible while it holds something back. */
export function SelectFilter({ label, value, options, onChange }: Props) {
  const pairs = options.map((option) => (typeof option === 'string' ? ([option, option] as const) : option));
  const unknown = value !== '' && !pairs.some(([known]) => known === value);
  return (
    <select
      class={value ? 'select chosen' : 'select'}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      <option value="">{label}</option>
      {unknown ? <option value={value}>{value.slice(0, WIDEST)}</option> : null}
      {pairs.map(([known, words]) => (
        <option key={known} value={known}>
          {words.length > WIDEST ? `${words.slice(0, WIDEST)}…` : words}
        </option>
      ))}
    </select>
  );
}
