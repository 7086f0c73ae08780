export { whenLonely } from './lonely.ts';
export {
  basesOfLookup,
  fileBeside,
  loadedModules,
  ownFolder,
  requireBeside,
  requireFrom,
} from './modules.ts';
export type { Timer } from './socket-timers.ts';
export { clearInterval, clearTimeout, immediates, now, setInterval, setTimeout } from './time.ts';
