// Where the CPU of a request goes: V8's sampling profiler over requests without a network, by whose code it is.
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subjectsOf } from '../http/main.mjs';
import { PATHS, startSubject } from '../http/round.mjs';
import { startSinks } from '../http/sinks.mjs';
import { ask } from '../lib/child.mjs';
import { median } from '../lib/numbers.mjs';

const FRAMEWORK = 'express';
const HANDLER = 'hello';
const SUBJECTS = ['bare', 'Routemeter, wall', 'Routemeter, exact CPU'];
const AMOUNTS = { full: [20_000, 60_000], quick: [5_000, 15_000], tiny: [50, 100] };
const MICROSECONDS = 100;
/** The functions of ours that take most. */
const MOST = 8;

/** By the address of a function's file; what V8 does by itself has none. */
const GROUPS = [
  ['Routemeter', (url) => /\/routemeter\/dist\//.test(url)],
  ["Node's contexts (AsyncLocalStorage)", (url) => /^node:(internal\/async_|async_hooks)/.test(url)],
  ['Express', (url) => url.includes('/node_modules/')],
  ['the rest of Node', (url) => url.startsWith('node:')],
];

/** @returns `{ conditions, rounds }`; a round is ns per request by subject, by group and of ours by function. */
export async function measureProfile({ node, size, rounds, log }) {
  const [warmup, requests] = AMOUNTS[size];
  const { subjects } = await subjectsOf(FRAMEWORK, SUBJECTS);
  const sinks = await startSinks();
  const found = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const results = {};
      for (const { subject } of subjects) {
        log(`profile: round ${round + 1} of ${rounds}: ${subject.name}`);
        results[subject.name] = await profiled(
          { subject, framework: FRAMEWORK, node, sinks },
          warmup + requests,
        );
      }
      found.push(results);
    }
  } finally {
    sinks.close();
  }
  return {
    conditions: { framework: FRAMEWORK, handler: HANDLER, requests: warmup + requests },
    ...summed(found),
  };
}

async function profiled(conditions, amount) {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-profile-'));
  try {
    const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${MICROSECONDS}`];
    const { child } = await startSubject({ ...conditions, flags });
    await ask(child, 'serve', { path: PATHS[HANDLER], amount });
    const closed = once(child, 'close');
    child.send({ task: 'exit' });
    await closed;
    const [file] = readdirSync(folder);
    return shares(JSON.parse(readFileSync(join(folder, file), 'utf8')), amount);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** ns per request: of each group, and of each function of ours. */
export function shares({ nodes, samples, timeDeltas }, amount) {
  const byId = new Map(nodes.map((one) => [one.id, one]));
  const groups = {};
  const functions = {};
  for (const [i, id] of samples.entries()) {
    const { functionName, url } = byId.get(id).callFrame;
    if (functionName === '(idle)') continue;
    const ns = ((timeDeltas[i + 1] ?? 0) * 1000) / amount;
    const group = functionName === '(garbage collector)' ? 'garbage collection' : groupOf(url);
    groups[group] = (groups[group] ?? 0) + ns;
    if (group === GROUPS[0][0]) functions[functionName] = (functions[functionName] ?? 0) + ns;
  }
  return { groups, functions };
}

const groupOf = (url) => GROUPS.find(([, has]) => has(url))?.[0] ?? 'the engine, and what is native';

/** Medians over the rounds. */
function summed(rounds) {
  const middle = (read) => Math.round(median(rounds.map((found) => read(found) ?? 0)));
  const all = (name, kind) => [...new Set(rounds.flatMap((found) => Object.keys(found[name][kind])))];
  const groups = {};
  const functions = {};
  for (const name of SUBJECTS) {
    const of = (kind, key) => middle((found) => found[name][kind][key]);
    groups[name] = Object.fromEntries(all(name, 'groups').map((key) => [key, of('groups', key)]));
    const own = all(name, 'functions').map((key) => [key, of('functions', key)]);
    functions[name] = Object.fromEntries(own.sort((a, b) => b[1] - a[1]).slice(0, MOST));
  }
  return { groups, functions };
}
