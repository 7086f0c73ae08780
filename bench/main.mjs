// npm run bench [-- options]; see --help.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { moveLoadAway } from './lib/cores.mjs';
import { machine } from './lib/machine.mjs';
import { chooseNode } from './lib/node.mjs';
import { appended, read, save } from './lib/results.mjs';
import { PARTS } from './parts.mjs';
import { print } from './report/print.mjs';
import { writeReport } from './report/write.mjs';

const HELP = `npm run bench [-- options]

  --quick           fewer requests and rounds: under five minutes
  --only PART,...   some of: ${Object.keys(PARTS).join(', ')}
  --subjects 'A;...'  some subjects of these parts, by name; "bare" always belongs to them
  --rounds N        for parts that have rounds
  --append          adds the rounds to those that an earlier run left in bench/results
  --before DIR      measures an earlier build, too: its folder packages/routemeter, with dist
  --node PATH       another Node than 24
  --report          measures nothing: writes docs/benchmarks.md from bench/results

Each part leaves a JSON file in bench/results.`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    subjects: { type: 'string' },
    rounds: { type: 'string' },
    append: { type: 'boolean', default: false },
    before: { type: 'string' },
    node: { type: 'string' },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else if (values.report) await writeReport();
else await run();

async function run() {
  const names = values.only?.split(',') ?? Object.keys(PARTS);
  const unknown = names.filter((name) => PARTS[name] === undefined);
  if (unknown.length > 0) throw new Error(`--only ${unknown}: there is ${Object.keys(PARTS).join(', ')}`);
  const { quick, append } = values;
  // Read by the subjects, in this process and in theirs.
  if (values.before) process.env.BENCH_BEFORE = resolve(values.before);
  const node = await chooseNode(values.node);
  const about = machine(node);
  moveLoadAway();
  const where = about.pinned ? 'server and load on a core each' : 'server and load share the cores';
  console.log(`Node ${node.version}, ${about.cores} x ${about.cpu}, ${where}, load ${about.load.toFixed(1)}`);
  const began = performance.now();
  for (const name of names) {
    const part = PARTS[name];
    const rounds = values.rounds ? Number(values.rounds) : part.rounds?.[quick ? 'quick' : 'full'];
    const only = values.subjects && ['bare', ...values.subjects.split(';')];
    const start = performance.now();
    const log = (text) => progress(text, performance.now() - began);
    try {
      const data = await part.run({ node, quick, rounds, only, log });
      const seconds = Math.round((performance.now() - start) / 1000);
      let result = { part: name, quick, seconds, machine: about, data };
      if (append && Array.isArray(data.rounds)) result = appended(read(name), result);
      save(name, result);
      progress('');
      console.log(`\n${part.about}, ${seconds} s\n${print(result)}`);
    } catch (error) {
      progress('');
      console.error(`\n${name} failed: ${error.stack}`);
      process.exitCode = 1;
    }
  }
  console.log(`\n${Math.round((performance.now() - began) / 1000)} s`);
}

/** One line that stays in place on a terminal, and lines of their own elsewhere. */
function progress(text, ms) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${Math.round(ms / 1000)} s: ${text}\n`);
}
