export type { CpuMode } from './attribution/index.ts';
export type { ServerName, TagInput, TimingType } from './config/index.ts';
export { createMeter } from './create-meter.ts';
export { type ErrorCode, RoutemeterError } from './errors/index.ts';
export {
  type Block,
  type CheckOptions,
  type ChildOptions,
  type CpuStats,
  defaultMeter,
  type EventOptions,
  type Meter,
  type MeterOptions,
  type MeterStats,
  type MetricOptions,
  type Outcome,
  type OutputStats,
  type WorkKind,
  type WorkOptions,
  type WorkUnit,
} from './meter/index.ts';
export {
  CaptureSink,
  type ClientLike,
  ClientSink,
  type ClientTags,
  type DropCause,
  LogSink,
  type NameFunction,
  type NameParts,
  NullSink,
  type Payload,
  type Settle,
  type Sink,
  type StreamOptions,
  StreamSink,
  UdpSink,
  type WantedName,
  wrapClient,
} from './outputs/index.ts';
export type {
  CpuProfile,
  FlameNode,
  FunctionRow,
  Hold,
  ProfiledBlock,
  ProfiledUnit,
  ProfileOptions,
  RouteProfile,
  Selection,
} from './profile/index.ts';
export { timed } from './timed.ts';
export { worked } from './worked.ts';
