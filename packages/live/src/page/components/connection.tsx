import { useSignalEffect } from '@preact/signals';
import { clock, span } from '../model/formatting.ts';
import { connected, engine, full, heardAt, now, pausedAt, trouble, update } from '../model/live.ts';
import { isTouch } from '../model/touch.ts';

/** Says when what is shown is not now: paused, or the server does not answer, or the engine behind it, or not yet. */
export function Connection() {
  const lost = !connected.value && heardAt.value !== null;
  useSignalEffect(() => {
    const isOld = (!connected.value || trouble.value !== null) && heardAt.value !== null;
    document.documentElement.classList.toggle('stale', isOld);
  });
  if (full.value !== null) {
    return (
      <p class="notice lost" role="status">
        No place for this page: {full.value}. <Age /> Trying again every second.
      </p>
    );
  }
  if (lost) {
    return (
      <p class="notice lost" role="status">
        No connection to routemeter-live. <Age /> Trying again every second.
      </p>
    );
  }
  if (trouble.value !== null) {
    return (
      <p class="notice lost" role="status" data-say={trouble.value.message} tabIndex={0}>
        The engine does not answer. <Age /> Asking again every few seconds.
      </p>
    );
  }
  if (engine.value !== null && update.value === null) {
    return (
      <p class="notice asking" role="status">
        Asking {engine.value} for the first time.
      </p>
    );
  }
  if (pausedAt.value !== null) {
    return (
      <p class="notice" role="status">
        Paused at {clock(pausedAt.value)}.
        {isTouch.value ? null : (
          <>
            {' '}
            Press <kbd>p</kbd> to go on.
          </>
        )}
      </p>
    );
  }
  return null;
}

function Age() {
  const at = heardAt.value;
  if (at === null) return null;
  return (
    <>
      These numbers are {span((now.value - at) / 1000)} old, from {clock(at)}.
    </>
  );
}
