import { computed, signal } from '@preact/signals';
import type { Baseline } from './compare.ts';
import { update } from './live.ts';
import { rowKey } from './rows.ts';
import { narrowing } from './tag-filter.ts';

const KEY = 'routemeter-baseline';

// It outlives a reload: between pinning and looking again, code is changed and servers start anew.
function stored(): Baseline | null {
  try {
    const value = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Baseline | null;
    return Array.isArray(value?.rows) ? value : null;
  } catch {
    return null;
  }
}

export const baseline = signal<Baseline | null>(stored());

export const baselineRows = computed(
  () => new Map(baseline.value?.rows.map((row) => [rowKey(row), row]) ?? []),
);

export function pin(): void {
  const now = update.value;
  if (now) set({ at: now.at, window: now.window, tag: narrowing.value, rows: now.routes });
}

export const unpin = () => set(null);

function set(next: Baseline | null): void {
  baseline.value = next;
  try {
    if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage full or forbidden: the baseline lasts as long as the page.
  }
}
