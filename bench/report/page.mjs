// docs/benchmarks.md from a summary.
import { sectionOf } from './sections.mjs';
import { spread } from './tables.mjs';
import { targetRows } from './targets.mjs';

const ORDER = [
  'express',
  'fastify',
  'koa',
  'hono',
  'process',
  'profile',
  'instructions',
  'more',
  'calls',
  'units',
  'profilers',
  'startup',
  'install',
  'micro',
  'scaling',
  'memory',
  'hosts',
  'ingest',
  'store',
  'page',
  'lists',
];

export function pageOf(summary) {
  return [
    head(summary),
    targets(summary),
    ...ORDER.map((part) => section(part, summary)),
    notMeasured(summary),
    runs(summary),
  ]
    .filter((text) => text !== '')
    .join('\n\n')
    .concat('\n');
}

function head({ machine, parts, http }) {
  const place = machine.pinned
    ? 'server and load each on a core of its own'
    : 'server and load share the cores';
  const processors = [...new Set([machine.cpu, ...Object.values(parts).flatMap(({ cpu }) => cpu ?? [])])];
  const which = processors.length > 1 ? '; [Runs](#runs) says which part on which processor' : '';
  return `# Benchmarks

Made by \`npm run bench -- --report\` from [benchmarks.json](benchmarks.json), the numbers of a run of \`npm run bench\`. Do not edit.

Node ${machine.node}, ${machine.cores} x ${processors.join(' or ')}, ${machine.memoryGb} GB, ${machine.system}; ${place}${which}.

- **Order.** Every round starts each subject once, in a fresh process, beginning with another subject each time. A row shows the median of the rounds, and in brackets the least and the most.
- **CPU.** User and system time of the whole server process, from the kernel, per request. "Added" is the difference to the bare app of the same round: the median of these differences, and their range.
- **Without a network**, where a table says so: the clients are streams in the server's process, whose cost is the same for all. The kernel's part of a request differs by more from one process to the next than what is looked for.
- **Load.** autocannon, 50 connections, on the other core. Where the server waits for it, requests/s say what autocannon can do; CPU per request does not depend on that.
- **Proof of work.** Before it is timed, each subject must report one request: a line over UDP, a metric when it is scraped, an export. Warm-up is the same for all.
- **Packets, bytes** are UDP, per 1000 requests. What OpenTelemetry and dd-trace post by HTTP is not among them.
- **Rivals** are what \`bench/rivals\` pins. dd-trace and OpenTelemetry send to this machine alone, with their own telemetry off; OpenTelemetry exports once a minute, which is longer than a measurement, so its export costs nothing here.
${noise(http)}`;
}

/** How far the bare app is from itself, from round to round. */
function noise(http) {
  const found = Object.entries(http).flatMap(([framework, { handlers }]) =>
    handlers.hello?.bare ? [`${framework} ${spread(handlers.hello.bare.cpuUs)}`] : [],
  );
  if (found.length === 0) return '';
  return `- **Noise.** The bare app that answers at once took, in µs of CPU per request: ${found.join('; ')}.`;
}

function targets(summary) {
  const headers = ['what', 'target', 'measured', 'met', 'floor', 'rival'];
  const rows = targetRows(summary).map((row) => headers.map((key) => row[key]));
  const about = `The targets are for an otherwise idle machine; see "Noise" above and the load before each part below. Added CPU is that without a network, where the kernel's part of a request does not hide it. The floor is the same work around nothing: a layer of the framework, a context that tells requests apart, a listener for the end, and the readings of clocks; measuring costs no less, and how far Routemeter is above it is its own.`;
  return `## Targets\n\n${about}\n\n${markdown(['', 'target', 'measured', 'met', 'floor', 'best rival'], rows)}`;
}

function section(part, summary) {
  return sectionOf(part, summary)
    .tables.map(({ title, about, headers, rows, after }) =>
      [`## ${title}`, about && `${capital(about)}.`, markdown(headers, rows), after]
        .filter(Boolean)
        .join('\n\n'),
    )
    .join('\n\n')
    .concat(
      part === 'scaling' && summary.scaling ? '\n\n![Added CPU and memory](images/benchmarks.svg)' : '',
    );
}

function notMeasured(summary) {
  const lines = [];
  for (const part of ORDER) {
    if (summary.parts[part] === undefined) lines.push(`- ${part}: this part was not run.`);
    for (const [name, why] of Object.entries(sectionOf(part, summary).missing)) {
      lines.push(`- ${part}, ${name}: ${why}`);
    }
    const reason = summary.http[part]?.noInstructions;
    if (reason) lines.push(`- ${part}: instructions per request, because ${reason}.`);
  }
  lines.push(
    '- Blocks of rivals without a call that times one: Prometheus middlewares, OpenTelemetry, dd-trace.',
  );
  lines.push(
    '- Accuracy of route names and of CPU: tests hold them, in the folders that the table above names.',
  );
  return `## What was not measured\n\n${lines.join('\n')}`;
}

function runs({ parts }) {
  const rows = ORDER.filter((part) => parts[part]).map((part) => {
    const { at, seconds, rounds, load, cpu, commit, quick } = parts[part];
    return [
      part,
      at.slice(0, 16).replace('T', ' '),
      seconds,
      rounds ?? '-',
      load,
      cpu ?? '-',
      commit,
      quick ? 'quick' : 'full',
    ];
  });
  const headers = ['part', 'at (UTC)', 'seconds', 'rounds', 'load before', 'processor', 'commit', 'size'];
  return `## Runs\n\n${markdown(headers, rows)}`;
}

function markdown(headers, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headers), `|${headers.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
