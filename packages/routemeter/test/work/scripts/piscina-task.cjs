// Uses as much CPU of its thread, however busy the machine is, and tells how much that was.
const { readFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const clock = () => {
  process.cpuUsage();
  if (process.threadCpuUsage === undefined)
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6;
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

module.exports = ({ ms, fail }) => {
  if (fail) throw new RangeError('no');
  const from = clock();
  while (clock() - from < ms);
  return { cpu: clock() - from, threads: !isMainThread };
};
