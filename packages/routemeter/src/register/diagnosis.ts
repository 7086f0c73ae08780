import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CpuMode, defaultMeter, type MeterStats, runningMeters } from '../meter/index.ts';
import { naming } from '../request/index.ts';

/** What the preload hooked in a process. */
export interface Hooked {
  /** Of which a route was named, and libraries whose calls are followed. */
  instrumented: string[];
  /** Of which none was, so far. */
  found: string[];
  early: string[];
  unsupported: string[];
}

/** What a process that served HTTP leaves for `routemeter doctor`. */
export interface Diagnosis extends Hooked {
  pid: number;
  /** The program, as the command line named it. */
  program: string;
  /** Requests that ended, and those of them whose name was guessed. */
  requests: { ended: number; guessed: number };
  /** One for each meter that recorded anything. */
  meters: Array<
    Pick<MeterStats, 'series' | 'customMetrics' | 'samples' | 'dropped' | 'folded' | 'cpu' | 'outputs'>
  >;
}

/** Names the folder that processes leave their diagnosis in; set by `routemeter doctor` alone. */
export const DIAGNOSIS = 'ROUTEMETER_DOCTOR';
/** A process that a signal ends runs no `exit` listener: what it wrote last is what is known. */
const EVERY_MS = 250;

/** Writes what was hooked and recorded to a file, until the process ends. Never throws. */
export function diagnose(folder: string, hooked: () => Hooked): void {
  const write = () => {
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(diagnosis(hooked())));
    } catch {
      // The doctor went away, or the disk is full: the application goes on.
    }
  };
  write();
  setInterval(write, EVERY_MS).unref();
  process.on('exit', write);
}

function diagnosis(hooked: Hooked): Diagnosis {
  const meters = runningMeters().map((meter) => {
    const { series, customMetrics, samples, dropped, folded, cpu, outputs } = meter.stats();
    return { series, customMetrics, samples, dropped, folded, cpu, outputs };
  });
  const { ended, guessed } = naming();
  return {
    ...hooked,
    requests: { ended, guessed },
    pid: process.pid,
    program: process.argv[1] ?? '',
    meters,
  };
}

/** How CPU is measured in this process, and why so. */
export function cpuMode(): CpuMode {
  return defaultMeter().stats().cpu;
}
