import { useRef } from 'preact/hooks';
import { chooseTag, tag } from '../model/tag-filter.ts';
import { tags as known } from '../model/tags.ts';
import { SelectFilter } from './select-filter.tsx';

const WIDEST = 24;

/** Any tag that requests carry: first its key, then one of its values. */
export function TagFilter() {
  const box = useRef<HTMLSpanElement>(null);
  const { key, value } = tag.value;
  const tags = known.value;
  // Hosts have a choice of their own.
  const keys = Object.keys(tags).filter((one) => one && one !== 'host' && !one.includes(':'));
  if (keys.length === 0 && !key) return null;
  const clear = () => {
    // The button goes away: whoever used the keyboard stays where the filter is.
    box.current?.querySelector('select')?.focus();
    chooseTag('');
  };
  return (
    <span class="tag-filter" ref={box}>
      <SelectFilter label="tag" value={key} options={keys} onChange={(next) => chooseTag(next)} />
      {key ? (
        <>
          <SelectFilter
            label={`any ${key.length > WIDEST ? `${key.slice(0, WIDEST)}…` : key}`}
            value={value}
            options={Object.hasOwn(tags, key) ? tags[key]! : []}
            onChange={(next) => chooseTag(key, next)}
          />
          <button
            type="button"
            class="icon"
            aria-label="No tag"
            data-say="No tag: all requests"
            onClick={clear}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M4.4 3.3 8 6.9l3.6-3.6 1.1 1.1L9.1 8l3.6 3.6-1.1 1.1L8 9.1l-3.6 3.6-1.1-1.1L6.9 8 3.3 4.4z" />
            </svg>
          </button>
        </>
      ) : null}
    </span>
  );
}
