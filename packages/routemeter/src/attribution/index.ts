export { now } from '../platform/index.ts';
export { type CpuMode, type Engine, engine } from './engine.ts';
export { outside } from './outside.ts';
export { CpuSampler } from './sampler.ts';
export { isGuest, isShared, shared, sharedInRealm } from './shared.ts';
export { type LateSink, Work } from './work.ts';
