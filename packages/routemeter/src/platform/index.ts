export { basesOfLookup, loadedModules, requireFrom } from './modules.ts';
