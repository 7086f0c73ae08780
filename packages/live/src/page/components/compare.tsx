import { baseline, pin, unpin } from '../model/baseline.ts';
import { clock, span } from '../model/formatting.ts';
import { windowSeconds } from '../model/live.ts';
import { narrowing } from '../model/tag-filter.ts';
import { Wire } from './wire.tsx';

/** Pins this moment, so that the table shows what changes from here. */
export function PinButton() {
  const pinned = baseline.value !== null;
  return (
    <button
      type="button"
      class="button"
      aria-pressed={pinned}
      data-say={
        pinned
          ? 'Show plain numbers again'
          : 'Pin this moment, change the code, and each route shows its difference: what is noise and what is not'
      }
      onClick={pinned ? unpin : pin}
    >
      compare
    </button>
  );
}

export function CompareNote() {
  const pinned = baseline.value;
  if (!pinned) return null;
  const other = pinned.window !== windowSeconds.value;
  const otherTag = (pinned.tag ?? '') !== narrowing.value;
  return (
    <p class="notice">
      Against {clock(pinned.at)} ({span(pinned.window)}
      {other ? `, now ${span(windowSeconds.value)}` : ''}
      {otherTag ? (
        <>, {pinned.tag ? <Wire text={pinned.tag} limit={80} /> : 'all requests'}, now with another tag</>
      ) : null}
      ). <b class="slower">+</b> slower, <b class="quicker">−</b> quicker, ≈ within what chance alone would
      do.{' '}
      <button type="button" class="plain" onClick={pin}>
        Pin now
      </button>{' '}
      <button type="button" class="plain" onClick={unpin}>
        End
      </button>
    </p>
  );
}
