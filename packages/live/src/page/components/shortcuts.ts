import { chooseWindow, togglePause, windows } from '../model/live.ts';
import { isTyping } from './search-box.tsx';

/** The keys that work in every view: `p` pauses, `1` to `4` choose the window, arrows enter the table. */
export function watchShortcuts(): () => void {
  const key = (event: KeyboardEvent) => {
    if (event.defaultPrevented || isTyping(event)) return;
    if (event.key === 'p') togglePause();
    if (/^[1-9]$/.test(event.key)) {
      const seconds = windows.value[Number(event.key) - 1];
      if (seconds) chooseWindow(seconds);
    }
    const loose = document.activeElement === document.body || document.activeElement === null;
    if (event.key === 'ArrowDown' && loose) {
      const first = document.querySelector<HTMLElement>('[data-cell][tabindex="0"]');
      if (!first) return;
      event.preventDefault();
      first.focus();
    }
  };
  document.addEventListener('keydown', key);
  return () => document.removeEventListener('keydown', key);
}
