export { Block, errorClass } from './block.ts';
export { Blocks } from './blocks.ts';
export { UnitRecorder } from './recorder.ts';
export { blockName, type Root, rootOf } from './root.ts';
export { isPromise, settle } from './settle.ts';
export { follow, isThenable } from './thenable.ts';
export { currentUnit, PENDING_BLOCKS, type Recorder, type ServedBy, Unit } from './unit.ts';
