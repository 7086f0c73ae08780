import { useSignalEffect } from '@preact/signals';
import { clock, span } from '../model/formatting.ts';
import { connected, heardAt, now, pausedAt } from '../model/live.ts';

/** Says when what is shown is not now: paused, or the server does not answer. */
export function Connection() {
  const lost = !connected.value && heardAt.value !== null;
  useSignalEffect(() => {
    document.documentElement.classList.toggle('stale', !connected.value && heardAt.value !== null);
  });
  if (lost) {
    const age = span((now.value - heardAt.value!) / 1000);
    return (
      <p class="notice lost" role="status">
        No connection to routemeter-live. These numbers are {age} old, from {clock(heardAt.value!)}; trying
        again every second.
      </p>
    );
  }
  if (pausedAt.value !== null) {
    return (
      <p class="notice" role="status">
        Paused at {clock(pausedAt.value)}. Press <kbd>p</kbd> to go on.
      </p>
    );
  }
  return null;
}
