// A process with a profiler: subject, folder of the rivals, address of their server. Runs units of work when told to,
// and answers with the CPU of the process: µs for each of them, ms for a start and a stop.
import { setImmediate as turn } from 'node:timers/promises';
import { createMeter } from 'routemeter';
import { SUBJECTS } from './subjects.mjs';

const [subject, folder, url] = process.argv.slice(2);

const ROWS = Array.from({ length: 60 }, (_, id) => ({ id, name: `name ${id}`, tags: ['a', String(id)] }));

/** As a request does it: some of it at once, some after awaits. */
async function unit() {
  const text = render(ROWS);
  await turn();
  const rows = JSON.parse(text);
  await null;
  return ranked(rows).length;
}
function render(rows) {
  return JSON.stringify(rows.map((row) => ({ ...row, title: row.name.toUpperCase() })));
}
function ranked(rows) {
  return rows.sort((a, b) => b.title.localeCompare(a.title)).filter(({ id }) => id % 2 === 0);
}

/** CPU of the process in µs. */
async function used(fn) {
  const before = process.cpuUsage();
  await fn();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** In all of them, so that heap and units are the same: what a meter costs is no cost of a profile. */
const meter = createMeter({ url: 'udp://127.0.0.1:9', runtime: false });
const profiler = SUBJECTS[subject]({ meter, folder, url });
process.on('message', async ({ task, units }) => {
  if (task !== 'run') {
    process.send((await used(async () => profiler[task]())) / 1e3);
    return;
  }
  const us = await used(async () => {
    for (let i = 0; i < units; i++) await meter.work('unit', unit);
  });
  process.send(us / units);
});
process.send({});
