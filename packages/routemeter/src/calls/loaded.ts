import { shared } from '../attribution/shared.ts';

/** Takes what a module exports, and the name of its source in `places.ts`. */
type Take = (module: unknown, name: string) => void;

interface Loaded {
  /** Set when a meter sends calls; until then what is loaded is remembered. */
  take: Take | null;
  /** Modules that are loaded and not followed yet; libraries are few, and stay loaded. */
  waiting: Array<readonly [module: unknown, name: string]>;
}

const loaded = (): Loaded => shared('upstreamModules', () => ({ take: null, waiting: [] }));

/** The preload has met a library: it is followed as soon as a meter sends calls. */
export function libraryLoaded(module: unknown, name: string): void {
  const { take, waiting } = loaded();
  if (take === null) waiting.push([module, name]);
  else take(module, name);
}

/** Hands over the libraries that the preload has met, and those that it meets from here on. */
export function takeLibraries(take: Take): void {
  const state = loaded();
  state.take = take;
  for (const [module, name] of state.waiting.splice(0)) take(module, name);
}
