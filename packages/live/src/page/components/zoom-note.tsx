import { clock } from '../model/formatting.ts';
import { isTouch } from '../model/touch.ts';
import { zoom, zoomBack } from '../model/zoom.ts';

/** Says that the view shows a stretch and not the present, and leads back. */
export function ZoomNote() {
  const stretch = zoom.value;
  if (!stretch) return null;
  return (
    <p class="notice">
      Shown: {clock(stretch.from * 1000)} to {clock(stretch.to * 1000)}.{' '}
      <button type="button" class="plain" onClick={zoomBack}>
        Back
      </button>
      {isTouch.value ? null : (
        <>
          {' '}
          or <kbd>Esc</kbd>
        </>
      )}
    </p>
  );
}
