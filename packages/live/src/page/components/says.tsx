import type { Sentence } from '../model/sentence.ts';
import { Wire } from './wire.tsx';

/** A sentence about the data, names set apart from words. */
export function Says({ sentence }: { sentence: Sentence }) {
  return (
    <>
      {sentence.map((piece, index) =>
        typeof piece === 'string' ? (
          piece
        ) : (
          <code key={index}>
            <Wire text={piece.name} limit={80} />
          </code>
        ),
      )}
    </>
  );
}
