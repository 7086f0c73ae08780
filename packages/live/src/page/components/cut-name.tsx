import type { NamePart } from '../model/name-parts.ts';
import { Wire } from './wire.tsx';

/** A name on one line; where there is no room for all of it, the pieces that all names share give way first. */
export function CutName({ parts }: { parts: readonly NamePart[] }) {
  return (
    <span class="cut-name">
      {parts.map(({ text, differs }, index) => (
        <span key={index} class={differs ? 'cut-differs' : 'cut-same'}>
          <Wire text={text} />
        </span>
      ))}
    </span>
  );
}
