export { basesOfLookup, fileBeside, loadedModules, requireBeside, requireFrom } from './modules.ts';
export type { Timer } from './socket-timers.ts';
export { clearInterval, clearTimeout, now, setInterval, setTimeout } from './time.ts';
