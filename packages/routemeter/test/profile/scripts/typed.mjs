// node typed.mjs LIBRARY FILE: profiles a function of a file that was TypeScript. Prints where it stands.
import { pathToFileURL } from 'node:url';

const [library, file] = process.argv.slice(2);
const { createMeter } = await import(pathToFileURL(`${library}/index.mjs`).href);
const { Worked } = await import(pathToFileURL(file).href);
const meter = createMeter({ url: 'udp://127.0.0.1:9', runtime: false });
const worked = new Worked();

// Not before it has begun: V8 of Node 20 can tell an inlined function by its caller where it had run before.
let begin;
const begun = new Promise((resolve) => {
  begin = resolve;
});
const taking = meter.profiled({ seconds: 0.6 }, () => begin());
await begun;
let isOver = false;
const profile = taking.finally(() => {
  isOver = true;
});
while (!isOver) {
  meter.time('job', () => worked.burnTyped(5));
  await new Promise((resolve) => setImmediate(resolve));
}
const functions = (await profile).functions({ route: 'job' });
const found = functions.filter((row) => row.self.samples > 0 && row.origin === 'app');
await meter.close();
console.log(
  JSON.stringify(found.map(({ name, file: at, line, samples }) => ({ name, file: at, line, samples }))),
);
