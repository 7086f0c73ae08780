// What Routemeter aims at: each row with its target, what was measured, and the best rival of the same run.
import { big, count, spread, TITLES } from './tables.mjs';

const OURS = /^(bare|floor|Routemeter)/;
const FLOORS = {
  wall: 'floor, wall: layer, context, listener, clock',
  cpu: 'floor, CPU: the same, idle time, a hook that asks for the context',
};

/**
 * `value` reads what was measured from a summary, undefined where it was not; `most` or `least` is the target;
 * `rival` names the best one; `floor` is the same work around nothing, below which no measuring gets. Rows with
 * `heldBy` are no measurements: tests assert them.
 */
export const TARGETS = [
  added('express', 'hello', 'Routemeter, wall', 1.0),
  added('express', 'hello', 'Routemeter, exact CPU', 2.0),
  added('express', 'hello', 'Routemeter preload, wall', 1.0),
  added('express', 'hello', 'Routemeter preload, exact CPU', 2.0),
  added('fastify', 'hello', 'Routemeter, wall', 0.8),
  added('fastify', 'hello', 'Routemeter, exact CPU', 1.8),
  added('express', 'awaits', 'Routemeter, exact CPU', 3),
  instructionsAdded('Routemeter, wall', 8500),
  instructionsAdded('Routemeter, exact CPU', 11_000),
  ratio('the same by preload, wall: share of the one line', 1.1, ({ instructions }) => [
    over(instructions?.subjects, 'Routemeter preload, wall'),
    over(instructions?.subjects, 'Routemeter, wall'),
  ]),
  ...['fastify', 'koa', 'hono', 'hapi', 'nest'].map((framework) =>
    ratio(`instructions added, ${TITLES[framework]}, wall: share of Express's`, 1.3, (summary) => [
      over(counted(summary, framework), 'Routemeter, wall'),
      over(counted(summary, 'express'), 'Routemeter, wall'),
    ]),
  ),
  ratio('instructions added, Express 5, 24 awaits, exact CPU: share of the floor', 1.15, (summary) => [
    over(counted(summary, 'express', 'awaits'), 'Routemeter, exact CPU'),
    over(counted(summary, 'express', 'awaits'), FLOORS.cpu),
  ]),
  ratio('instructions added, Express 5, 20 blocks, exact CPU: share of the earlier build', 0.5, (summary) => [
    over(counted(summary, 'express', 'blocks'), 'Routemeter, exact CPU'),
    over(counted(summary, 'express', 'blocks'), 'Routemeter before, exact CPU'),
  ]),
  ratio('instructions added, 5,000 routes: share of one route', 1.3, (summary) => [
    over(counted(summary, 'fastify', 'hello', 5000), 'Routemeter, exact CPU'),
    over(counted(summary, 'fastify', 'hello', 1), 'Routemeter, exact CPU'),
  ]),
  {
    what: 'memory added to a hello server, Express 5, wall, RSS, MB',
    most: 5,
    value({ http }) {
      const { bare, 'Routemeter, wall': own } = http.express?.handlers.hello ?? {};
      return bare && own && [own.rssMb - bare.rssMb];
    },
    shown: ([mb]) => mb.toFixed(0),
    rival: () => '-',
  },
  ratio('start-up added by the preload: share of the earlier build', 0.4, ({ startup }) => [
    startup?.subjects['Routemeter preload, exact CPU']?.addedMs[0],
    startup?.subjects['Routemeter before, preload, exact CPU']?.addedMs[0],
  ]),
  ...['ioredis get', 'pg select 1', 'fetch'].flatMap((name) => [
    share('calls', `following a call, ${name}`, name, 0.2),
    instructionsOf(name),
  ]),
  ...['gRPC, unary hello', 'BullMQ, job'].map((name) =>
    share('units', `a unit of work, ${name}`, name, 0.25),
  ),
  {
    what: 'one sample into a known series, ns',
    most: 60,
    value: ({ micro }) => micro?.calls['sample into a known series'],
    shown: (ns) => spread(ns, 0),
    rival: ({ micro }) =>
      micro && `${spread(micro.clients['timing, hot-shots buffered'], 0)}, hot-shots buffered`,
    floor: ({ micro }) => spread(micro.calls['floor of a sample'], 0),
  },
  packets('Routemeter, wall', 7),
  packets('Routemeter, exact CPU', 13),
  block('wall', 300),
  block('wall and CPU', 800),
  {
    what: 'install, MB',
    most: 1.5,
    value: ({ install }) => install && [install.installed.Routemeter.bytes / 1e6],
    shown: ([mb]) => mb.toFixed(2),
    rival: ({ install }) => install && least(install.installed, ({ bytes }) => bytes / 1e6, 2),
  },
  {
    what: 'install, packages',
    most: 8,
    value: ({ install }) => install && [install.installed.Routemeter.packages],
    shown: ([packages]) => String(packages),
    rival: ({ install }) => install && least(install.installed, ({ packages }) => packages, 0),
  },
  {
    what: 'start-up, ms',
    most: 12,
    value: ({ startup }) => startup?.subjects['Routemeter, exact CPU']?.addedMs,
    shown: (ms) => spread(ms),
    rival: ({ startup }) => startup && least(startup.subjects, ({ addedMs }) => addedMs[0], 1),
  },
  ingested('25 tagged lines a packet, no loss, lines/s', '25', 2e6),
  ingested('one line a packet, no loss, packets/s', '1', 150e3),
  {
    what: 'parser of the live server, lines per second of CPU',
    least: 6e6,
    value: ({ ingest }) => ingest && [ingest.parse],
    shown: ([lines]) => big(lines),
    rival: () => 'its parser is not a part by itself',
  },
  {
    what: 'memory of the live server at 5000 series, 1 h, MB',
    most: 200,
    value: ({ store }) => store && [store.rssMb],
    shown: ([mb]) => mb.toFixed(0),
    rival: () => '-',
  },
  ratio('live page, 500 routes, from opening to numbers: share of the earlier build', 0.5, ({ page }) => [
    page?.openMs,
    page?.beforeOpenMs,
  ]),
  {
    what: 'CPU attribution under a virtual clock',
    target: 'exact but for three documented cases',
    heldBy: 'packages/routemeter/test/attribution',
  },
  {
    what: 'CPU of 3 ms of work and more, quiet / with a hog on the core',
    target: 'within 2 % / 5 %',
    heldBy: 'npm run check:cpu',
  },
  { what: 'route names right', target: 'all', heldBy: 'packages/routemeter/test/frameworks' },
  {
    what: 'series after 100 000 hostile URLs',
    target: 'bounded, totals exact',
    heldBy: 'packages/routemeter/test/safety',
  },
];

function added(framework, handler, name, most) {
  const handlers = { hello: 'answers at once', awaits: '24 awaits' };
  return {
    what: `added CPU, ${TITLES[framework]}, ${handlers[handler]}: ${name}, µs`,
    most,
    value: (summary) => subjectsOf(summary, framework, handler)?.[name]?.addedUs,
    shown: (us) => spread(us, 2),
    rounds: ({ parts }) => (parts.process ?? parts[framework]).rounds,
    rival: (summary) => {
      const subjects = subjectsOf(summary, framework, handler);
      return subjects && least(subjects, ({ addedUs }) => addedUs[0], 1);
    },
    floor: (summary) => {
      // The preload needs no layer.
      if (name.includes('preload')) return undefined;
      const floor = subjectsOf(summary, framework, handler)?.[FLOORS[name.endsWith('wall') ? 'wall' : 'cpu']];
      return floor && spread(floor.addedUs, 2);
    },
  };
}

function instructionsAdded(name, most) {
  return {
    what: `instructions added, Express 5, answers at once: ${name}`,
    most,
    value: ({ instructions }) => {
      const added = over(instructions?.subjects, name);
      return added && [added];
    },
    shown: ([each]) => count(each),
    rival: ({ instructions: { subjects } }) => {
      const added = Object.keys(subjects).map((each) => [each, over(subjects, each)]);
      return least(Object.fromEntries(added), (each) => each, 0);
    },
    floor: ({ instructions: { subjects } }) =>
      count(over(subjects, FLOORS[name.endsWith('wall') ? 'wall' : 'cpu'])),
  };
}

/** What a subject adds to the bare app. */
function over(subjects, name) {
  return subjects?.[name] && subjects.bare && subjects[name] - subjects.bare;
}

/** The row of a framework, a handler and a number of routes whose instructions were counted. */
function counted({ more }, framework, handler = 'hello', routes = 0) {
  return more?.rows.find(
    (row) => row.framework === framework && row.handler === handler && row.routes === routes,
  )?.subjects;
}

/** One number is at most so much of another; `of` reads both. */
function ratio(what, most, of) {
  return {
    what,
    most,
    value(summary) {
      const [part, whole] = of(summary);
      return part !== undefined && whole !== undefined && whole > 0 ? [part / whole] : undefined;
    },
    shown: ([found]) => found.toFixed(2),
    rival: () => '-',
  };
}

/** At most so much of what OpenTelemetry's instrumentation of the same library adds. */
function share(part, title, name, most) {
  const of = (summary) => summary[part]?.cpu[name];
  return {
    what: `${title}: share of OpenTelemetry's added CPU`,
    most,
    value(summary) {
      const { Routemeter: own, OpenTelemetry: rival } = of(summary) ?? {};
      return own && rival && [own.addedUs[0] / rival.addedUs[0]];
    },
    shown: ([found]) => found.toFixed(2),
    rounds: ({ parts }) => parts[part].rounds,
    rival: (summary) => `${spread(of(summary).OpenTelemetry.addedUs)} µs, OpenTelemetry`,
    floor(summary) {
      const { floor } = of(summary);
      return floor && `${spread(floor.addedUs)} µs`;
    },
  };
}

function instructionsOf(name) {
  return {
    what: `following a call, ${name}: instructions`,
    most: 1500,
    value: ({ calls }) => calls?.instructions[name] && [calls.instructions[name]],
    shown: ([each]) => count(each),
    rival: () => '-',
  };
}

/** Without a network around them, where that was measured: with one, its noise is more than what is looked for. */
function subjectsOf({ http, process }, framework, handler) {
  return process?.frameworks[framework]?.[handler] ?? http[framework]?.handlers[handler];
}

function packets(name, most) {
  return {
    what: `UDP packets per 1000 requests of one route: ${name}`,
    most,
    value: ({ http }) => {
      const found = http.express?.handlers.hello?.[name];
      return found && [found.packets];
    },
    shown: ([each]) => each.toFixed(1),
    rival: ({ http }) => {
      const subjects = http.express?.handlers.hello ?? {};
      const senders = Object.entries(subjects).filter(([, found]) => found.packets >= 100);
      return least(Object.fromEntries(senders), (found) => found.packets, 0);
    },
  };
}

function block(kind, most) {
  return {
    what: `block, callback form, sync, ${kind}, ns`,
    most,
    value: ({ micro }) => micro?.calls[`block, callback, ${kind}`],
    shown: (ns) => spread(ns, 0),
    rival: () => '-',
    floor: ({ micro }) => spread(micro.calls[`floor of a block, ${kind}`], 0),
  };
}

function ingested(what, lines, goal) {
  return {
    what: `live server, ${what}`,
    least: goal,
    value: ({ ingest }) => ingest?.udp[lines] && [ingest.udp[lines]['routemeter-live'].clean],
    shown: ([each]) => big(each),
    rival: ({ ingest }) =>
      ingest?.udp[lines] && `${big(ingest.udp[lines]['Etsy statsd'].clean)}, Etsy statsd`,
  };
}

/** The rival with the smallest value. */
function least(subjects, valueAt, digits) {
  const rivals = Object.entries(subjects)
    .filter(([name]) => !OURS.test(name))
    .map(([name, found]) => [valueAt(found), name])
    .sort(([a], [b]) => a - b);
  return rivals.length === 0 ? '-' : `${rivals[0][0].toFixed(digits)}, ${rivals[0][1]}`;
}

/** Differences of fewer rounds than this say more about the machine than about the subjects. */
const ENOUGH = 3;

/**
 * `yes` or `no` by the median; for differences between processes, `cannot tell` of few rounds and where the
 * median is below nothing or the range lies on both sides of the target.
 */
function verdict(row, [middle, low = middle, high = middle], summary) {
  const holds = (value) => (row.most === undefined ? value >= row.least : value <= row.most);
  const rounds = row.rounds?.(summary);
  if (rounds !== undefined && rounds < ENOUGH)
    return `cannot tell: ${rounds} round${rounds === 1 ? '' : 's'}`;
  if (rounds !== undefined && middle < 0) return 'cannot tell: less than the bare app';
  if (rounds !== undefined && holds(low) !== holds(high))
    return `cannot tell: ${holds(middle) ? 'yes' : 'no'} by the median`;
  return holds(middle) ? 'yes' : 'no';
}

/** `{ what, target, measured, met, floor, rival }` of each row, all of them text. */
export function targetRows(summary) {
  return TARGETS.map((row) => {
    const { what, heldBy } = row;
    if (heldBy) {
      const measured = `no measurement; held by ${heldBy}`;
      return { what, target: row.target, measured, met: '-', floor: '-', rival: '-' };
    }
    const target = row.most === undefined ? `>= ${big(row.least)}` : `<= ${row.most}`;
    const value = row.value(summary);
    if (value === undefined)
      return { what, target, measured: 'not measured', met: '-', floor: '-', rival: '-' };
    const rival = row.rival(summary) ?? '-';
    const floor = row.floor?.(summary) ?? '-';
    return { what, target, measured: row.shown(value), met: verdict(row, value, summary), floor, rival };
  });
}
