import { useLayoutEffect, useRef } from 'preact/hooks';
import { isTouch } from '../model/touch.ts';

interface Props {
  label: string;
  value: string;
  onChange(value: string): void;
}

/** The view's search field; `/` goes to it from anywhere. */
export function SearchBox({ label, value, onChange }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== '/' || isTyping(event)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, []);
  return (
    <input
      ref={input}
      class="search"
      type="search"
      placeholder={isTouch.value ? label : `${label}  /`}
      aria-label={label}
      value={value}
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        if (value) onChange('');
        else event.currentTarget.blur();
      }}
    />
  );
}

/** Whether a key press belongs to a field, or to a shortcut of the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return (event.target as Element).matches?.('input, select, textarea') ?? false;
}
