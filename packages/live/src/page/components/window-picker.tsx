import { shortSpan, span } from '../model/formatting.ts';
import { chooseWindow, windowSeconds, windows } from '../model/live.ts';
import { keyHint } from '../model/touch.ts';

export function WindowPicker() {
  return (
    <fieldset class="segments" aria-label="Window">
      {windows.value.map((seconds, index) => (
        <button
          key={seconds}
          type="button"
          aria-pressed={seconds === windowSeconds.value}
          data-say={`Numbers over the last ${span(seconds)}${keyHint(String(index + 1))}`}
          onClick={() => chooseWindow(seconds)}
        >
          {shortSpan(seconds)}
        </button>
      ))}
    </fieldset>
  );
}
