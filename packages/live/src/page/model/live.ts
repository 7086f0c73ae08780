import { computed, effect, signal, untracked } from '@preact/signals';
import { openStream } from '../api/stream.ts';
import type { Config, Trouble, Update } from '../api/types.ts';
import { amend, parameter } from './location.ts';
import { narrowing, tagParameters } from './tag-filter.ts';

/** What the server says, as signals; every view reads from here. */
export const config = signal<Config | null>(null);
export const update = signal<Update | null>(null);
export const connected = signal(false);
/** The server asks for a token that this browser does not have. */
export const refused = signal(false);
/** Why the server takes no further page, or null. */
export const full = signal<string | null>(null);
/** Why the engine behind the server does not answer, or null. */
export const trouble = signal<Trouble | null>(null);
/** When the last update came, by this machine's clock. */
export const heardAt = signal<number | null>(null);
/** The page's own second hand, for ages. */
export const now = signal(Date.now());
/** Since when the page stands still by the user's wish, or null. */
export const pausedAt = signal<number | null>(null);
/** Samples per second, over the last few updates. */
export const sampleRate = signal<number | null>(null);

/** Whether anybody can see the page. */
const visible = signal(document.visibilityState !== 'hidden');

const DEFAULT_WINDOW = 60;
const chosenWindow = parameter('window');

/** The windows on offer: those of the keys 1 to 4, as far as the server keeps data. */
export const windows = computed(() => {
  const retention = config.value?.retention ?? 3600;
  const offered = [60, 300, 900, 3600].filter((seconds) => seconds <= retention);
  if (retention > 3600 || offered.length === 0) offered.push(retention);
  return offered;
});

export const windowSeconds = computed(() => {
  const seconds = Number(chosenWindow.value);
  return Number.isInteger(seconds) && seconds > 0 ? seconds : DEFAULT_WINDOW;
});

export const routes = computed(() => update.value?.routes ?? []);
/** Whether a fleet is shown: what the server itself received is then beside the point. */
export const engine = computed(() => config.value?.engine ?? null);
export const stats = computed(() => update.value?.stats ?? null);
/** How far off the least certain percentile of the table is: what holds for a whole column. */
export const widest = computed(() => Math.max(0.01, ...routes.value.map(({ wall }) => wall.within ?? 0)));
export const services = computed(() => [...new Set(routes.value.map((row) => row.service))].sort());

export function chooseWindow(seconds: number): void {
  amend({ window: seconds === DEFAULT_WINDOW ? null : String(seconds) });
}

let waiting: Update | null = null;

export function togglePause(): void {
  if (pausedAt.value === null) {
    pausedAt.value = Date.now();
    return;
  }
  pausedAt.value = null;
  if (waiting) show(waiting);
  waiting = null;
}

function show(next: Update): void {
  update.value = next;
}

/** Rates from counters: a longer base than one second keeps the number calm. */
const BASE_UPDATES = 5;
const recent: { at: number; samples: number }[] = [];

function measureRate(next: Update): void {
  const { samples } = next.stats;
  const last = recent.at(-1);
  if (last && samples < last.samples) recent.length = 0; // The server started anew.
  recent.push({ at: next.at, samples });
  if (recent.length > BASE_UPDATES + 1) recent.shift();
  const first = recent[0]!;
  const seconds = (next.at - first.at) / 1000;
  sampleRate.value = seconds > 0 ? (samples - first.samples) / seconds : null;
}

/** Opens the stream and keeps it open for the chosen window and tag; returns what ends it. */
export function live(): () => void {
  const tick = setInterval(() => {
    now.value = Date.now();
  }, 1000);
  const look = () => {
    visible.value = document.visibilityState !== 'hidden';
  };
  document.addEventListener('visibilitychange', look);
  let shownFor = narrowing.peek();
  const end = effect(() => {
    // A browser opens six connections to a server: pages that nobody sees must not hold one each.
    if (!visible.value) return;
    const narrowed = narrowing.value;
    // A paused page still answers a new tag, once.
    let due = narrowed !== shownFor && pausedAt.peek() !== null;
    shownFor = narrowed;
    return openStream(
      { window: windowSeconds.value, ...untracked(tagParameters) },
      {
        config(next) {
          config.value = next;
          // Where there is something to show already, it is old until the next update.
          if (heardAt.peek() === null) connected.value = true;
        },
        update(next) {
          heardAt.value = Date.now();
          now.value = Date.now();
          connected.value = true;
          refused.value = false;
          full.value = null;
          trouble.value = null;
          measureRate(next);
          if (pausedAt.value === null || due) show(next);
          else waiting = next;
          due = false;
        },
        trouble(why) {
          connected.value = true;
          trouble.value = why;
        },
        lost() {
          connected.value = false;
        },
        refused() {
          refused.value = true;
        },
        full(message) {
          full.value = message;
        },
      },
    );
  });
  return () => {
    clearInterval(tick);
    document.removeEventListener('visibilitychange', look);
    end();
  };
}
