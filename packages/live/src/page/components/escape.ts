import { useLayoutEffect } from 'preact/hooks';
import { go } from '../model/location.ts';
import { zoomBack } from '../model/zoom.ts';

/** Escape takes one zoom back; with none left it goes up to `parent`, if the view has one. */
export function useEscape(parent?: string): void {
  useLayoutEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (!zoomBack() && parent) go(parent);
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, [parent]);
}
