import { openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { engine } from '../../../src/attribution/engine.ts';
import { Rig } from '../suite/rig.ts';

// A server whose requests compute or wait; says what each was measured to have used beside what it
// did use. The truth is the scheduler's own figure, read around all code of the handler: after a computation that
// emptied the caches, to make a timer or to answer takes several times as long as else.
const BURN_MS = 20;
const WAIT_MS = 200;
const schedstat = openSync('/proc/thread-self/schedstat', 'r');
const bytes = Buffer.alloc(64);

/** What this thread ran, and what it waited for the core while others ran there, in ms. */
function scheduled(): [ran: number, waited: number] {
  process.cpuUsage();
  const length = readSync(schedstat, bytes, 0, bytes.length, 0);
  const [ran, waited] = bytes.toString('latin1', 0, length).split(' ').map(Number);
  return [(ran as number) / 1e6, (waited as number) / 1e6];
}

const threadCpu = () => scheduled()[0];

function burn(ms: number): void {
  const from = threadCpu();
  while (threadCpu() - from < ms);
}

interface Row {
  kind: string;
  truth: number;
  cpu: number;
  stalled: number;
  wall: number;
  /** What the difference of the whole process's CPU says. */
  process: number;
}

const rig = new Rig(engine());
await rig.listen();
const rows = new Map<string, { kind: string; truth: number; from: number; to: number }>();
const processCpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

let since = scheduled();

rig.handler = async (req, res, me) => {
  const kind = req.url?.split('/')[2] ?? '';
  const row = { kind, truth: 0, from: processCpu(), to: 0 };
  rows.set(me.name, row);
  if (kind === 'report') {
    const [ran, waited] = scheduled();
    const contention = (waited - since[1]) / (ran - since[0]);
    since = [ran, waited];
    res.end(JSON.stringify({ mode: engine().cpuMode(), contention, rows: report() }));
    return;
  }
  const own = <R>(code: () => R): R => {
    const from = threadCpu();
    const result = code();
    row.truth += threadCpu() - from;
    return result;
  };
  await own(() => sleep(2));
  if (kind === 'steps') {
    for (let i = 0; i < 4; i++)
      await own(() => {
        burn(BURN_MS / 4);
        return sleep(1);
      });
  } else if (kind === 'wait') {
    await own(() => sleep(WAIT_MS));
  }
  own(() => {
    if (kind === 'burn') burn(BURN_MS);
    row.to = processCpu();
    res.end();
  });
};

function report(): Row[] {
  const found: Row[] = [];
  for (const [name, { work }] of rig.seen) {
    const row = rows.get(name);
    if (row === undefined || !work.ended) continue;
    const { cpu, stalled, wall } = work;
    found.push({ kind: row.kind, truth: row.truth, cpu, stalled, wall, process: row.to - row.from });
  }
  rig.seen.clear();
  return found;
}

process.stdout.write(`${rig.port}\n`);
process.stdin.resume().on('end', () => process.exit());
