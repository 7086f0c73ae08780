export { basesOfLookup, loadedModules, requireFrom } from './modules.ts';
export { clearInterval, clearTimeout, now, setInterval, setTimeout } from './time.ts';
