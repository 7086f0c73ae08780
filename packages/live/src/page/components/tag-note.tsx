import { narrowing, showAll } from '../model/tag-filter.ts';
import { Wire } from './wire.tsx';

/** Says that a view shows only what carries the tag, and leads back to all. */
export function TagNote() {
  if (!narrowing.value) return null;
  return (
    <p class="notice">
      Only <Wire text={narrowing.value} limit={80} />.{' '}
      <button type="button" class="plain" onClick={showAll}>
        Show all
      </button>
    </p>
  );
}
