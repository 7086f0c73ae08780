import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const EVENT = 'instructions:u';

/** Counts the instructions of a process, where the machine lets `perf` do so; else says why not. */
export function instructionCounter() {
  const trial = spawnSync('perf', ['stat', '-x', ',', '-e', EVENT, process.execPath, '-e', '1'], {
    encoding: 'utf8',
  });
  if (trial.error) return { why: 'there is no perf here' };
  if (!Number.isFinite(count(trial.stderr))) return { why: 'perf cannot count instructions on this machine' };
  return { start };
}

function start(pid) {
  const perf = spawn('perf', ['stat', '-x', ',', '-e', EVENT, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  perf.stderr.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return async () => {
    const ended = once(perf, 'close');
    perf.kill('SIGINT');
    await ended;
    return count(text);
  };
}

function count(text) {
  const line = text.split('\n').find((found) => found.includes(EVENT)) ?? '';
  return Number.parseInt(line, 10);
}
