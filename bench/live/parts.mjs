// The parser alone, and with series table and store: lines per second of this thread's CPU, best of five.
import { Ingest, LineParser, MemoryStore } from '../../packages/live/dist/bench/parts.mjs';
import { payloadsOf } from './lines.mjs';

const LINES = 25;
const ROUND_MS = 250;
const payloads = payloadsOf(LINES, 'd');

const cpu = () => {
  const { user, system } = (process.threadCpuUsage ?? process.cpuUsage)();
  return (user + system) / 1000;
};

function rate(work) {
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const start = cpu();
    let lines = 0;
    while (cpu() - start < ROUND_MS) lines += work();
    best = Math.max(best, (lines / (cpu() - start)) * 1000);
  }
  return best;
}

const parser = new LineParser();
// A newline behind the last line, and a word to look at behind it.
const ended = payloads.map((payload) => Buffer.concat([payload, Buffer.from('\n\n\n\n\n')]));
let seen = 0;
const handler = { metric: () => seen++, event() {}, check() {}, rejected() {} };
const parse = rate(() => {
  let lines = 0;
  for (const bytes of ended) lines += parser.parse(bytes, 0, bytes.length - 5, handler);
  return lines;
});
const ingest = new Ingest(new MemoryStore());
const all = rate(() => {
  for (const payload of payloads) ingest.payload(payload);
  return payloads.length * LINES;
});
console.log(JSON.stringify({ parse, all }));
