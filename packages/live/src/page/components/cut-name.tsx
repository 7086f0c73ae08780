import type { NamePart } from '../model/name-parts.ts';
import { Wire } from './wire.tsx';

/** A name on one line; where there is no room for all of it, the pieces that all names share give way first. */
export function CutName({ parts }: { parts: readonly NamePart[] }) {
  // The pieces stand each by itself: what reads the page aloud is given the name in one.
  const whole = parts.length > 1 ? { role: 'img' as const, 'aria-label': textOf(parts) } : {};
  return (
    <span class="cut-name" {...whole}>
      {parts.map(({ text, cut }, index) => (
        <span key={index} class={`cut-${cut}`}>
          <Wire text={text} />
        </span>
      ))}
    </span>
  );
}

const LIMIT = 600;
const textOf = (parts: readonly NamePart[]) =>
  parts
    .map(({ text }) => text)
    .join('')
    .slice(0, LIMIT);
