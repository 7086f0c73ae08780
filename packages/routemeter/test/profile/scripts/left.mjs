// node left.mjs LIBRARY: what of a profile is there before, while and after it is taken. Prints JSON.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';

const [library] = process.argv.slice(2);
const { createMeter } = await import(pathToFileURL(`${library}/index.mjs`).href);
const meter = createMeter({ url: 'null:', runtime: false });
const unit = () => meter.work('unit', () => new Promise((resolve) => setImmediate(resolve)));

/** The sampler has a thread of its own, and interrupts the others by a signal. */
function seen() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mask = BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(status)[1]}`);
  return {
    threads: Number(/^Threads:\s*(\d+)$/m.exec(status)[1]),
    isSampled: ((mask >> BigInt(constants.signals.SIGPROF - 1)) & 1n) === 1n,
    resources: process.getActiveResourcesInfo().sort(),
    hasInspector: process.moduleLoadList.includes('NativeModule inspector'),
  };
}

// Starts libuv's pool, which stays.
await readFile(process.argv[1]);
await unit();
const before = seen();
const ending = new AbortController();
let taking;
await new Promise((resolve, reject) => {
  taking = meter.profiled({ seconds: 30, force: true, signal: ending.signal }, resolve);
  taking.catch(reject);
});
await unit();
const during = seen();
ending.abort();
const { data } = await taking;
await unit();
const after = seen();
await meter.close();
console.log(JSON.stringify({ before, during, after, units: data[0].owners.map(({ name }) => name) }));
