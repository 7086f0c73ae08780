import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const THEMES: Theme[] = ['system', 'light', 'dark'];
const KEY = 'routemeter-theme';

// Storage can be forbidden by the browser's settings; the page then follows the system.
function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY) as Theme;
    return THEMES.includes(value) ? value : 'system';
  } catch {
    return 'system';
  }
}

export const theme = signal<Theme>(stored());

const system = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);
system.addEventListener('change', () => {
  systemDark.value = system.matches;
});

/** Whether the page is dark now: charts, which draw their own colours, follow this. */
export const isDark = () => (theme.value === 'system' ? systemDark.value : theme.value === 'dark');

/** The other look than the one shown; back to the system's where that is the same. */
export function switchTheme(): void {
  const dark = !isDark();
  theme.value = dark === systemDark.value ? 'system' : dark ? 'dark' : 'light';
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  try {
    if (theme.value === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme.value);
  } catch {
    // As above: the choice then lasts as long as the page.
  }
});
