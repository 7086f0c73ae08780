export { type CpuMode, type Engine, engine } from './engine.ts';
export { now } from './now.ts';
export { outside } from './outside.ts';
export { CpuSampler } from './sampler.ts';
export { isShared, shared } from './shared.ts';
export { sharedPorts } from './threads.ts';
export { type LateSink, Work } from './work.ts';
