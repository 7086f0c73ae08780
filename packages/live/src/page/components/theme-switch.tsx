import { isDark, switchTheme } from '../model/theme.ts';

export function ThemeSwitch() {
  const label = isDark() ? 'Light theme' : 'Dark theme';
  return (
    <button type="button" class="icon" aria-label={label} data-say={label} onClick={switchTheme}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 2a6 6 0 0 1 0 12z" />
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
      </svg>
    </button>
  );
}
