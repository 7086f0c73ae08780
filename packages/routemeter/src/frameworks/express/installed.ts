import { basesOfLookup, loadedModules, requireFrom } from '../../platform/index.ts';
import { hookRouter } from './hooks.ts';

/** The files of Express, under whatever name it is installed, and of its router. */
const EXPRESS = /[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/]lib[\\/]express\.js$/;
const ROUTER = /[\\/]node_modules[\\/]router[\\/]index\.js$/;

/**
 * Follows the copies of Express that this library and the program's main file would load, if there
 * are any, so that routers that are made from here on tell all of their paths.
 */
export function hookInstalled(): void {
  for (const base of basesOfLookup()) attempt(() => hookRouter(requireFrom(base)('express').Router));
  hookLoaded();
}

/** Follows every copy of Express that the process has loaded by now. */
export function hookLoaded(): void {
  for (const [file, module] of Object.entries(loadedModules())) {
    if (EXPRESS.test(file)) attempt(() => hookRouter((module!.exports as { Router: unknown }).Router));
    else if (ROUTER.test(file)) attempt(() => hookRouter(module!.exports));
  }
}

function attempt(hook: () => void): void {
  try {
    hook();
  } catch {
    // Not installed, not loaded to its end, or not an Express we know: its application is met later.
  }
}
