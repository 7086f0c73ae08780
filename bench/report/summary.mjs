// From the results of all rounds to the numbers that the report shows: medians and ranges.
import { createRequire } from 'node:module';
import { SUBJECTS as CALLERS } from '../calls/subjects.mjs';
import { median } from '../lib/numbers.mjs';
import { NONE as NO_PROFILER } from '../profilers/subjects.mjs';
import { SUBJECTS as UNITS } from '../units/subjects.mjs';

const FRAMEWORKS = ['express', 'fastify', 'koa', 'hono'];
const BARE = 'bare';
const { SUBJECTS } = createRequire(import.meta.url)('../http/subjects/list.cjs');
const ORDER = SUBJECTS.map(({ name }) => name);

/** `[median, least, most]`, with so many significant digits. */
export function range(values, digits = 4) {
  return [median(values), Math.min(...values), Math.max(...values)].map((value) => round(value, digits));
}

export const round = (value, digits = 4) => Number(value.toPrecision(digits));

/** The results of all parts, as small as the report needs them. */
export function summaryOf(results) {
  const parts = {};
  for (const [name, { machine, seconds, quick, data }] of Object.entries(results)) {
    const { at, commit, load, cpu } = machine;
    parts[name] = { at, commit, load: round(load, 2), cpu, seconds, quick, rounds: data.rounds?.length };
  }
  const [{ machine }] = Object.values(results).sort((a, b) => b.machine.at.localeCompare(a.machine.at));
  const { node, cpu, cores, memoryGb, system, pinned } = machine;
  const summary = { machine: { node, cpu, cores, memoryGb, system, pinned }, parts, http: {} };
  for (const name of FRAMEWORKS) if (results[name]) summary.http[name] = http(results[name].data);
  if (results.process) summary.process = inProcess(results.process.data);
  if (results.profile) summary.profile = results.profile.data;
  for (const name of ['instructions', 'more']) if (results[name]) summary[name] = short(results[name].data);
  if (results.calls) summary.calls = inTurns(results.calls.data, CALLERS);
  if (results.units) summary.units = inTurns(results.units.data, UNITS);
  if (results.profilers) summary.profilers = profilers(results.profilers.data);
  if (results.startup) summary.startup = startup(results.startup.data);
  if (results.micro) summary.micro = micro(results.micro.data);
  if (results.scaling) summary.scaling = scaling(results.scaling.data);
  if (results.memory) summary.memory = memory(results.memory.data);
  for (const name of ['install', 'hosts']) if (results[name]) summary[name] = results[name].data;
  for (const name of ['ingest', 'store', 'page', 'lists'])
    if (results[name]) summary[name] = short(results[name].data);
  return summary;
}

/** By handler and subject; `added` are the differences to the bare app within the same round. */
function http({ conditions, rounds, missing, noInstructions }) {
  const handlers = {};
  for (const handler of Object.keys(conditions.amounts)) {
    for (const name of subjectsIn(rounds)) {
      const own = rounds.filter((found) => found[name]?.[handler] && found[BARE]?.[handler]);
      if (own.length === 0) continue;
      const of = (key) => own.map((found) => found[name][handler][key]);
      const added = own.map((found) => found[name][handler].cpuUs - found[BARE][handler].cpuUs);
      const numbers = {
        cpuUs: range(of('cpuUs')),
        addedUs: range(added),
        perSecond: range(of('perSecond'), 3),
        rssMb: round(median(of('rssMb')), 3),
        heapMb: round(median(of('heapMb')), 3),
        packets: round(median(of('packets'))),
        bytes: round(median(of('bytes'))),
        posts: round(median(of('posts'))),
        lost: Math.max(...of('lost')),
      };
      if (own.every((found) => found[name][handler].kiloInstructions !== undefined))
        numbers.kiloInstructions = range(of('kiloInstructions'));
      (handlers[handler] ??= {})[name] = numbers;
    }
  }
  return { conditions, handlers, missing, ...(noInstructions === undefined ? {} : { noInstructions }) };
}

/** By framework, handler and subject; of each process the least disturbed time, of the rounds their range. */
function inProcess({ conditions, rounds, missing }) {
  const frameworks = {};
  for (const framework of FRAMEWORKS) {
    const own = rounds.flatMap((found) => found[framework] ?? []);
    for (const name of subjectsIn(own)) {
      for (const handler of Object.keys(conditions.amounts)) {
        const both = own.filter((found) => found[name]?.[handler] && found[BARE]?.[handler]);
        if (both.length === 0) continue;
        const of = (subject) => both.map((found) => found[subject][handler]);
        const added = of(name).map((us, i) => us - of(BARE)[i]);
        ((frameworks[framework] ??= {})[handler] ??= {})[name] = {
          cpuUs: range(of(name)),
          addedUs: range(added),
        };
      }
    }
  }
  return { conditions, frameworks, missing };
}

/**
 * By what was measured and subject, where subjects took turns in windows; `addedUs` are, window by window, the
 * differences to the subject that each one is `over`: their median and the range of the rounds' medians.
 */
function inTurns({ conditions, rounds, instructions, missing }, subjects) {
  const cpu = {};
  for (const name of Object.keys(rounds[0]?.bare ?? {})) {
    for (const [subject, { over }] of Object.entries(subjects)) {
      const own = rounds.filter((found) => found[subject] && found[over ?? subject]);
      if (own.length === 0) continue;
      const added = own.map((found) =>
        found[subject][name].map((us, window) => us - found[over ?? subject][name][window]),
      );
      (cpu[name] ??= {})[subject] = {
        cpuUs: inRounds(own.map((found) => found[subject][name])),
        addedUs: inRounds(added),
      };
    }
  }
  return { conditions, cpu, instructions, missing };
}

/**
 * By subject what a unit of work costs without and with a profile, beside the same windows without a profiler, of the
 * same turn: in % of what it costs in the windows before and after, so that machine and meter are left out. What is left
 * behind is told by the windows after the last profile beside those before the first. Medians of all profiles, and the
 * range of the rounds' medians.
 */
function profilers({ conditions, rounds, missing }) {
  const subjects = {};
  for (const name of subjectsIn(rounds)) {
    const own = rounds.filter((found) => found[name] && found[NO_PROFILER]);
    if (own.length === 0) continue;
    const perProfile = (tell) =>
      own.map((found) => found[name].map((one, turn) => tell(one, found[NO_PROFILER][turn])));
    const around = ({ before, after }) => (median(before.slice(-after.length)) + median(after)) / 2;
    const grown = (one) => 100 * (median(one.during) / around(one) - 1);
    const left = (profiles) => median(profiles.flatMap(({ after }) => after)) / median(profiles[0].before);
    subjects[name] = {
      withoutUs: inRounds(perProfile(around)),
      whilePercent: inRounds(perProfile((one, none) => grown(one) - grown(none))),
      leftPercent: inRounds(own.map((found) => [100 * (left(found[name]) / left(found[NO_PROFILER]) - 1)])),
      firstMs: inRounds(own.map((found) => [found[name][0].start])),
      startMs: inRounds(own.map((found) => found[name].slice(1).map(({ start }) => start))),
      stopMs: inRounds(own.map((found) => found[name].slice(1).map(({ stop }) => stop))),
    };
  }
  return { conditions, subjects, missing };
}

/** Of values by round: the median of all, and the least and the most of the rounds' medians. */
function inRounds(values) {
  const medians = values.map(median);
  return [median(values.flat()), Math.min(...medians), Math.max(...medians)].map((value) => round(value, 4));
}

function startup({ rounds, missing }) {
  const subjects = {};
  for (const name of subjectsIn(rounds)) {
    const own = rounds.filter((found) => found[name] && found[BARE]);
    const ms = own.map((found) => found[name].startMs);
    const added = own.map((found) => found[name].startMs - found[BARE].startMs);
    subjects[name] = { ms: range(ms), addedMs: range(added) };
  }
  return { subjects, missing };
}

function micro({ calls, clients }) {
  const each = ({ rounds }) =>
    Object.fromEntries(
      Object.keys(rounds[0]).map((name) => [name, range(rounds.map((found) => found[name]))]),
    );
  return { calls: each(calls), flushOf1000Us: round(calls.flushOf1000Ns / 1000), clients: each(clients) };
}

function scaling({ rounds, requests, dimensions }) {
  const short = ({ points, cost, memory }) => ({
    points: points.map(({ x, addedUs, bytes }) => ({
      x,
      addedUs: range(addedUs),
      bytes: Math.round(median(bytes)),
    })),
    cost: shortFit(cost),
    memory: shortFit(memory),
  });
  const found = Object.entries(dimensions).map(([name, dimension]) => [name, short(dimension)]);
  return { rounds, requests, dimensions: Object.fromEntries(found) };
}

const shortFit = ({ expected, is, slope, r2, growth }) => ({
  expected,
  is,
  slope: round(slope, 3),
  r2: round(r2, 3),
  growth: round(growth, 2),
});

function memory({ heaps, ...rest }) {
  const every = Math.ceil(heaps.length / 6);
  return short({ ...rest, heaps: heaps.filter((_, i) => i % every === every - 1) });
}

/** Every number in it with four significant digits at most, where it has a fraction. */
function short(value) {
  if (typeof value === 'number') return Number.isInteger(value) ? value : round(value);
  if (Array.isArray(value)) return value.map(short);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, short(each)]));
}

function subjectsIn(rounds) {
  return [...new Set(rounds.flatMap((found) => Object.keys(found)))].sort(
    (a, b) => ORDER.indexOf(a) - ORDER.indexOf(b),
  );
}
