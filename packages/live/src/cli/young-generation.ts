import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const ENOUGH = 4 * 1024 * 1024;

/**
 * V8 doubles the room for new objects, up to 64 MB, whenever enough of them have survived in all the time since
 * the last doubling, and never gives it back. Within hours every process gets there, however little it keeps.
 * Garbage of packets and lines needs no more than this. For a process of our own alone.
 */
export function boundYoungGeneration(): void {
  const observer = new PerformanceObserver(() => {
    if (youngBytes() < ENOUGH) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}
