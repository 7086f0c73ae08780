export type { CpuMode, Engine } from './contract.ts';
export { engine } from './engine.ts';
export { now } from './now.ts';
export { outside } from './outside.ts';
export { CpuSampler } from './sampler.ts';
export { isShared, shared } from './shared.ts';
export { type LateSink, Work } from './work.ts';
