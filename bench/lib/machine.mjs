import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { PINNED } from './cores.mjs';

/** What a result was measured on. `load` is the machine's load average before. */
export function machine(node) {
  return {
    at: new Date().toISOString(),
    commit: commit(),
    node: node.version,
    cpu: cpus()[0].model.trim(),
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('-')[0]}`,
    pinned: PINNED,
    load: loadavg()[0],
  };
}

function commit() {
  try {
    const git = (...args) => execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}
