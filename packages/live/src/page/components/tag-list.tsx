import type { Tags } from '../api/types.ts';
import { tagTexts } from '../model/events.ts';
import { Wire } from './wire.tsx';

const MOST = 20;

/** Tags in a row; of very many, the first. */
export function TagList({ tags }: { tags: Tags }) {
  const all = tagTexts(tags);
  if (all.length === 0) return null;
  return (
    <ul class="tag-list" aria-label="Tags">
      {all.slice(0, MOST).map((text, index) => (
        <li key={index}>
          <Wire text={text} limit={80} />
        </li>
      ))}
      {all.length > MOST ? <li>and {all.length - MOST} more</li> : null}
    </ul>
  );
}
