import { cpu } from './cpu.ts';
import { cpuMeasured } from './cpu-measured.ts';
import { eventLoopDelay } from './event-loop-delay.ts';
import { eventLoopUtilization } from './event-loop-utilization.ts';
import { gc } from './gc.ts';
import { handles } from './handles.ts';
import { heap } from './heap.ts';
import { memory } from './memory.ts';
import type { RuntimeMetric } from './metric.ts';

/** Everything that is measured of the process. */
export const RUNTIME_METRICS: readonly RuntimeMetric[] = [
  eventLoopUtilization,
  eventLoopDelay,
  cpu,
  cpuMeasured,
  gc,
  heap,
  memory,
  handles,
];
