export { now } from '../platform/index.ts';
export type { Measured } from './ceiling/limit.ts';
export type { CpuMode, DelayMode, Engine } from './contract.ts';
export { engine } from './engine.ts';
export { outside } from './outside.ts';
export type { OwnerLog } from './owner-log.ts';
export { CpuSampler } from './sampler.ts';
export { isGuest, isShared, shared, sharedInRealm } from './shared.ts';
export { sharedPorts } from './threads.ts';
export {
  type Culprit,
  type DelayPart,
  type DelaySink,
  holdsUnits,
  type Lag,
  type LateSink,
  type UnitKind,
  type Waits,
  WORK,
  Work,
} from './work.ts';
