import { cpuMode } from '../../register/diagnosis.ts';
import type { Finding } from './finding.ts';

/** How CPU would be measured on this machine. */
export function checkCpu(): Finding {
  const { mode, why } = cpuMode();
  const level = mode === 'wall' ? 'note' : 'ok';
  return { check: 'cpu', level, text: `CPU per request: ${mode} (${why})`, facts: { mode, why } };
}
