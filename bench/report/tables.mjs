// The tables of a summary, as headers and rows; the terminal and the page show the same ones.
import { NONE as NO_PROFILER } from '../profilers/subjects.mjs';
import { DIMENSIONS } from '../scaling/dimensions.mjs';

const HANDLERS = { hello: 'answers at once', awaits: '24 awaits', blocks: '20 blocks' };
export const TITLES = {
  ...{ express: 'Express 5', fastify: 'Fastify 5', koa: 'Koa 3', hono: 'Hono 4' },
  ...{ hapi: 'hapi 21', nest: 'NestJS 12' },
};

/** `1.23 (1.10 to 1.40)` */
export const spread = ([middle, low, high], digits = 1) =>
  `${middle.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;

export const count = (value) => Math.round(value).toLocaleString('en');

export const big = (value) =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(2)} M`
    : value >= 1e3
      ? `${(value / 1e3).toFixed(1)} k`
      : value.toFixed(0);

/** `[{ title, headers, rows }]` of one framework: its handlers. */
export function httpTables(framework, { handlers, conditions }) {
  return Object.entries(handlers).map(([handler, subjects]) => {
    const hasInstructions = Object.values(subjects).every((numbers) => numbers.kiloInstructions);
    const headers = ['', 'CPU µs', 'added µs', 'requests/s', 'RSS MB', 'heap MB', 'packets', 'bytes'];
    if (hasInstructions) headers.push('k instructions');
    const rows = Object.entries(subjects).map(([name, found]) => {
      const added = name === 'bare' ? '-' : spread(found.addedUs, 2);
      const numbers = [spread(found.cpuUs), added, count(found.perSecond[0])];
      const sent = [count(found.packets), count(found.bytes)];
      const row = [name, ...numbers, found.rssMb.toFixed(0), found.heapMb.toFixed(1), ...sent];
      if (hasInstructions) row.push(spread(found.kiloInstructions, 2));
      return row;
    });
    const [warmup, requests] = conditions.amounts[handler];
    const title = `${TITLES[framework]}, ${HANDLERS[handler]}`;
    return { title, about: `${count(requests)} requests after ${count(warmup)}`, headers, rows };
  });
}

/** What requests cost without a network: each framework and handler. */
export function processTables({ conditions, frameworks }) {
  return Object.entries(frameworks).flatMap(([framework, byHandler]) =>
    Object.entries(byHandler).map(([handler, subjects]) => {
      const [warmup, requests] = conditions.amounts[handler];
      return {
        title: `${TITLES[framework]}, ${HANDLERS[handler]}, without a network`,
        about: `${count(requests)} requests after ${count(warmup)}, ${conditions.times} times: the least disturbed`,
        headers: ['', 'CPU µs', 'added µs'],
        rows: Object.entries(subjects).map(([name, found]) => [
          name,
          spread(found.cpuUs, 2),
          name === 'bare' ? '-' : spread(found.addedUs, 2),
        ]),
      };
    }),
  );
}

/** Where the CPU of a request goes, by whose code it is; and ours by function. */
export function profileTables({ conditions, groups, functions }) {
  const subjects = Object.keys(groups);
  const names = [...new Set(subjects.flatMap((subject) => Object.keys(groups[subject])))];
  const rows = names.map((name) => [name, ...subjects.map((subject) => count(groups[subject][name] ?? 0))]);
  const total = (subject) => count(Object.values(groups[subject]).reduce((sum, ns) => sum + ns, 0));
  const own = subjects.filter((subject) => Object.keys(functions[subject]).length > 0);
  const all = [...new Set(own.flatMap((subject) => Object.keys(functions[subject])))];
  const about = `Express 5, answers at once, without a network, ${count(conditions.requests)} requests; V8's sampling profiler`;
  return [
    {
      title: 'Where the CPU of a request goes',
      about,
      headers: ['ns a request', ...subjects],
      rows: [...rows, ['together', ...subjects.map(total)]],
    },
    {
      title: "Routemeter's own functions in it",
      about:
        'What they take by themselves, those that take most; what they call inside themselves counts as theirs',
      headers: ['ns a request', ...own],
      rows: all.map((name) => [name, ...own.map((subject) => functions[subject][name] ?? '-')]),
    },
  ];
}

export function instructionsTable({ conditions, subjects }) {
  const { bare } = subjects;
  const rows = Object.entries(subjects).map(([name, each]) => [
    name,
    count(each),
    name === 'bare' ? '-' : count(each - bare),
    name === 'bare' ? '-' : `${(((each - bare) / bare) * 100).toFixed(1)} %`,
  ]);
  const { requests, pauses = false } = conditions;
  // Numbers from before there were pauses had the hook on for all requests.
  const off = pauses
    ? ' Timers go off in pauses between the rounds: for requests that answer at once the hook of exact CPU is off by then, as [docs/cpu.md](cpu.md#how-it-is-obtained) has it.'
    : '';
  return {
    title: 'Instructions of a request',
    about: `Express 5, answers at once, without a network, on one thread; callgrind, the least of three rounds of ${count(requests)} requests, once all is compiled that runs often.${off} Neither the kernel's, of which each packet takes many, nor those of V8's compiler and collector are among them`,
    headers: ['', 'instructions', 'added', ''],
    rows,
  };
}

/** A row for each framework, handler and number of routes, whichever subjects were counted there. */
export function moreTable({ conditions, rows }) {
  const subjects = [...new Set(rows.flatMap((row) => Object.keys(row.subjects)))];
  const [, ...added] = subjects.sort((a, b) => Number(b === 'bare') - Number(a === 'bare'));
  const titled = rows.map(({ framework, handler, routes, subjects: found }) => [
    `${TITLES[framework]}, ${routes === 0 ? HANDLERS[handler] : routes === 1 ? 'one route' : `${count(routes)} routes`}`,
    ...['bare', ...added].map((name) =>
      found[name] === undefined || found.bare === undefined
        ? '-'
        : count(name === 'bare' ? found.bare : found[name] - found.bare),
    ),
  ]);
  return {
    title: 'Instructions of other requests',
    about: `Counted in the same way, in rounds of ${count(conditions.requests)} requests, and of as many as there are routes where these are more; of all subjects but the bare app what they add. Those with exact CPU include what Node's own hooks take. "Before" is an earlier build, given by \`--before\``,
    headers: ['', 'bare', ...added],
    rows: titled,
  };
}

/** The subjects that follow calls, or hold what following them takes at least. */
const FOLLOWING = ['floor', 'Routemeter', 'Routemeter, wall', 'OpenTelemetry'];

export function callsTable({ conditions, cpu, instructions }) {
  const rows = Object.entries(cpu).map(([name, subjects]) => [
    name,
    spread(subjects.bare.cpuUs),
    ...FOLLOWING.map((subject) => (subjects[subject] ? spread(subjects[subject].addedUs, 2) : '-')),
    instructions[name] === undefined ? '-' : count(instructions[name]),
  ]);
  return {
    title: 'Following a call',
    about: `CPU of the process for each call, ten at once, ten of a unit of work, against real servers: ${conditions.windows} windows of ${count(conditions.calls)} calls a round, in which the subjects take turns; the median of all windows, and in brackets those of the rounds. Added is the difference to the same unit of work, by the same library, without following calls. The floor is a context, a hook at each end and a clock at each end. Nothing is exported. Instructions are counted around libraries that do nothing, one call after the other, with CPU measured, once all is compiled that runs often; time goes on with each reading of the clock, and not by what callgrind takes. On Node 24 some 640 of them are Node's own: two readings of the clock at 120 each, one of the idle time at 240, the context at 160, and for fetch 110 more for each of its three messages; writing a call's two samples takes another 330`,
    headers: [
      'µs',
      'bare',
      'floor adds',
      'Routemeter adds',
      'without CPU',
      'OpenTelemetry adds',
      'instructions',
    ],
    rows,
  };
}

const MEASURING = ['Routemeter', 'Routemeter, wall', 'Routemeter, off', 'OpenTelemetry'];

export function unitsTable({ conditions, cpu }) {
  const rows = Object.entries(cpu).map(([name, subjects]) => [
    name,
    spread(subjects.bare.cpuUs),
    ...MEASURING.map((subject) => (subjects[subject] ? spread(subjects[subject].addedUs, 2) : '-')),
  ]);
  return {
    title: 'Measuring a unit of work',
    about: `CPU of the process that runs it, for each unit, ten at once, sent by another process: ${conditions.windows} windows of ${count(conditions.units)} units a round, in which the subjects take turns; the median of all windows, and in brackets those of the rounds. Added is the difference to a process that measures nothing. OpenTelemetry is its instrumentation of @grpc/grpc-js and, for BullMQ, bullmq-otel at the worker; it exports nothing`,
    headers: ['µs', 'bare', 'Routemeter adds', 'without CPU', 'switched off', 'OpenTelemetry adds'],
    rows,
  };
}

export function profilersTable({ conditions, subjects }) {
  const { profiles, windows, units } = conditions;
  const rows = Object.entries(subjects)
    .filter(([name]) => name !== NO_PROFILER)
    .map(([name, { withoutUs, whilePercent, leftPercent, firstMs, startMs, stopMs }]) => [
      name,
      spread(withoutUs, 0),
      spread(whilePercent),
      spread(leftPercent),
      spread(firstMs, 0),
      spread(startMs, 0),
      spread(stopMs, 0),
    ]);
  return {
    title: 'Profilers',
    about: `A sample each ms of an application whose units of work (JSON, sorting and two awaits) a meter measures, whoever profiles it. CPU of the process, the sampler's thread included: ${profiles} profiles a round, in which the subjects take turns, each of ${windows} windows of ${count(units)} units, with half as many before and after it and more before the first. Added is the growth over the windows around a profile, beside that of a process without a profiler in the same turn; left behind, what windows after profiles take more than those before the first. Start and stop are CPU in ms, the first start with what it loads. Routemeter's stop tells whose each sample is and where it stands in the sources, which the others' do not; Pyroscope's sends. Medians of all profiles, and in brackets those of the rounds`,
    headers: [
      '',
      'without, µs',
      'added while, %',
      'left behind, %',
      'first start, ms',
      'start, ms',
      'stop, ms',
    ],
    rows,
  };
}

export function startupTable({ subjects }) {
  const rows = Object.entries(subjects).map(([name, { ms, addedMs }]) => [
    name,
    spread(ms, 0),
    name === 'bare' ? '-' : spread(addedMs),
  ]);
  return { title: 'Start-up of an Express app', headers: ['', 'ms', 'added ms'], rows };
}

export function installTable({ installed }) {
  const rows = Object.entries(installed).map(([name, { bytes, packages }]) => [
    name,
    (bytes / 1e6).toFixed(2),
    packages,
  ]);
  return { title: 'Installation', headers: ['', 'MB', 'packages'], rows };
}

export function microTables({ calls, flushOf1000Us, clients }) {
  const rows = (found) => Object.entries(found).map(([name, ns]) => [name, spread(ns, 0)]);
  return [
    {
      title: 'Single calls',
      headers: ['', 'ns'],
      rows: [...rows(calls), ['flush of 1000 series, one sample each, per series', flushOf1000Us.toFixed(0)]],
    },
    { title: 'Calls beside hot-shots 17', headers: ['', 'ns'], rows: rows(clients) },
  ];
}

export function ingestTable({ parse, all, udp }) {
  const rows = [
    ['parser alone', '-', '-', big(parse), '-'],
    ['parser, series table, store', '-', '-', big(all), '-'],
  ];
  for (const [lines, servers] of Object.entries(udp).reverse()) {
    for (const [name, found] of Object.entries(servers)) {
      const least = found.isSendersEnd ? 'at least ' : '';
      const label = `${name}, ${lines === '1' ? 'one line' : `${lines} lines`} a packet`;
      const lost = `${(found.lost * 100).toFixed(0)} %`;
      rows.push([label, `${least}${big(found.clean)}`, big(found.saturated), big(found.perCpu), lost]);
    }
  }
  const headers = ['lines/s', 'no loss', 'saturated', 'per second of CPU', 'lost when saturated'];
  return { title: 'Reading StatsD', headers, rows };
}

export function storeTable({ step, samples, series, rssMb, kernelDrops, queries }) {
  const rows = Object.entries(queries).map(([name, ms]) => [name, `${ms.toFixed(0)} ms`]);
  const about = `${count(series)} series, a sample each ${step} s for one hour: ${count(samples)} samples, ${kernelDrops} lost packets`;
  return {
    title: 'The live server after an hour',
    about,
    headers: ['', ''],
    rows: [['memory of the process', `${rssMb.toFixed(0)} MB`], ...rows],
  };
}

export function pageTable(found) {
  const rows = [
    ...[
      ['from opening to numbers, ms', found.openMs],
      ['the same of an earlier build, in turn, ms', found.beforeOpenMs],
    ].flatMap(([what, ms]) => (ms === undefined ? [] : [[what, ms.toFixed(0)]])),
    ['scripts, ms a second', found.scriptMs.toFixed(0)],
    ['style, ms a second', found.styleMs.toFixed(0)],
    ['layout, ms a second', found.layoutMs.toFixed(0)],
    ['all tasks, ms a second', found.taskMs.toFixed(0)],
    [`frames over 50 ms in ${found.seconds} s`, found.longFrames],
    ['longest frame, ms', found.longestMs.toFixed(0)],
    ['JavaScript heap, MB', found.heapMb.toFixed(0)],
  ];
  return { title: `The live page with ${found.routes} routes`, headers: ['', ''], rows };
}

export function listsTable({ metrics, rounds, inSight, allRows, ratio }) {
  return {
    title: `The list of ${count(metrics)} metrics`,
    about: `From the click on its tab until it is painted, in a page that knows the metrics from another view, in turn, medians of ${rounds}`,
    headers: ['', ''],
    rows: [
      ['rows in sight in the document, ms', inSight.toFixed(0)],
      ['all rows in the document, ms', allRows.toFixed(0)],
      ['ratio', ratio.toFixed(3)],
    ],
  };
}

export function scalingTables({ dimensions }) {
  return Object.entries(dimensions).map(([name, { points, cost, memory }]) => {
    const { title, note } = DIMENSIONS[name];
    const rows = points.map(({ x, addedUs, bytes }) => [count(x), spread(addedUs, 2), count(bytes / 1024)]);
    const fits = [
      `Cost: ${cost.slope} µs for each, r² ${cost.r2}: ${cost.is}, expected ${cost.expected}.`,
      `Memory: ${memory.slope} bytes for each, r² ${memory.r2}: ${memory.is}, expected ${memory.expected}.`,
    ];
    return { title, about: note, headers: [title, 'added µs', 'added kB'], rows, after: fits.join(' ') };
  });
}

export function hostsTable({ subjects, hosts, perSecond }) {
  const rows = Object.entries(subjects).map(([name, found]) => [
    name,
    count(found.packetsPerSecond),
    (found.bytesPerSecond / 1e6).toFixed(1),
    count(found.seriesPerAgent),
    count(found.series),
    count(found.customMetrics),
  ]);
  return {
    title: `${count(hosts)} hosts`,
    about: `50 routes, ${perSecond} requests a second on each host, one in ten a 404`,
    headers: ['', 'packets/s', 'MB/s', 'series per agent', 'series', 'custom metrics'],
    rows,
  };
}

export function memoryTable(found) {
  const rows = found.heaps.map(({ second, heapMb, rssMb }) => [
    count(second),
    heapMb.toFixed(2),
    rssMb.toFixed(0),
  ]);
  return {
    title: 'An hour of 2000 series in the meter',
    about: `${count(found.samples)} samples at ${count(found.perSecond)} a simulated second, ${count(found.handed)} handed over`,
    headers: ['second', 'heap MB', 'RSS MB'],
    rows,
    after: `The line through the last four fifths grows by ${found.grownMb.toFixed(3)} MB over the whole time.`,
  };
}
