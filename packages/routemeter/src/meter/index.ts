export { type CpuMode, holdsUnits } from '../attribution/index.ts';
export {
  type CpuStats,
  type Leaver,
  leavers,
  type MeterStats,
  mergeTags,
  type OutputStats,
  requestTag,
  runningMeters,
  type Series,
  type Tag,
  tagText,
  userTags,
} from '../books/index.ts';
export type { TagInput } from '../config/index.ts';
export {
  Block,
  currentUnit,
  errorClass,
  type Outcome,
  type ServedBy,
  type WorkKind,
  WorkUnit,
} from '../unit/index.ts';
export { createMeter, defaultMeter } from './create.ts';
export { type ChildOptions, Meter, timedBy, workedBy } from './meter.ts';
export type { CheckOptions, EventOptions, MeterOptions, MetricOptions } from './options.ts';
export type { TimedDecorator } from './timed.ts';
export { checkWork, type WorkOptions } from './work.ts';
