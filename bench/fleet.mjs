// What a fleet costs: one host with the real library and writer on a clock of its own, times the number of hosts.
//
//     npm run build && node bench/fleet.mjs [--hosts 1000] [--routes 50] [--per-second 2] [--write]
//
// With --write, the table goes into docs/fleet-size.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { simulateHost } from './fleet/host.mjs';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    routes: { type: 'string', default: '50' },
    'per-second': { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
});
const [hosts, routes, perSecond] = ['hosts', 'routes', 'per-second'].map(whole);

function whole(name) {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1 && value <= 100_000) return value;
  console.error(`--${name} takes a whole number from 1 to 100000, not "${values[name]}"`);
  return process.exit(2);
}

/** Bytes of memory for a series that is written to; where each stands is told in the document. */
const MEMORY = { victoria: 1024, prometheus: 2048, mimir: 2.5e9 / 300_000 };

const simulate = (histograms, options = {}) =>
  simulateHost({ routes, perSecond, histograms, cpu: true, ...options });
const [vmrange, native, classic, cheaper] = [
  await simulate('vmrange'),
  await simulate('native'),
  await simulate('classic'),
  await simulate('vmrange', { cpu: false }),
];

const three = (value) => Number(value.toPrecision(3)).toLocaleString('en-US');
const unit = (value, units, base) => {
  let i = 0;
  for (; value >= base && i < units.length - 1; i++) value /= base;
  return `${three(value)} ${units[i]}`;
};
const count = (perHost) => unit(perHost * hosts, ['', 'thousand', 'million'], 1000).trim();
const rate = (perHost) => unit(perHost * hosts, ['B/s', 'kB/s', 'MB/s', 'GB/s'], 1000);
const memory = (perHost, bytes) => unit(perHost * hosts * bytes, ['B', 'kB', 'MB', 'GB', 'TB'], 1000);

const kinds = [
  ['`vmrange` (VictoriaMetrics)', vmrange, (one) => `VictoriaMetrics ${memory(one, MEMORY.victoria)}`],
  [
    '`native` (Prometheus, Mimir)',
    native,
    (one) =>
      `Prometheus ${memory(one, MEMORY.prometheus)}, Mimir ${memory(one, MEMORY.mimir)}, and more for each histogram`,
  ],
  [
    '`classic` (all)',
    classic,
    (one) =>
      `VictoriaMetrics ${memory(one, MEMORY.victoria)}, Prometheus ${memory(one, MEMORY.prometheus)}, Mimir ${memory(one, MEMORY.mimir)}`,
  ],
];
const share = (part, whole) => `${Math.round((100 * part) / whole)} %`;

const text = [
  `${hosts} hosts, ${routes} routes each, ${perSecond} requests a second to each route (${three(hosts * routes * perSecond)} in all), two statuses, exact CPU; a write each 10 s.`,
  '',
  '| histograms | series of a host | of which buckets | series of the fleet | samples/s | remote write | memory of the engine |',
  '|---|---|---|---|---|---|---|',
  ...kinds.map(
    ([name, one, engine]) =>
      `| ${name} | ${three(one.series)} | ${three(one.buckets)} | ${count(one.series)} | ${count(one.samplesPerSecond)} | ${rate(one.writeBytesPerSecond)} | ${engine(one.series)} |`,
  ),
  '',
  `StatsD of one host, which stays on it: ${three(vmrange.datagramsPerSecond)} datagrams and ${unit(vmrange.udpBytesPerSecond, ['B/s', 'kB/s', 'MB/s'], 1000)} each second, headers included. Sent by the apps of all hosts to one central server it would be ${rate(vmrange.udpBytesPerSecond)} in ${count(vmrange.datagramsPerSecond)} datagrams a second.`,
  '',
  `In Datadog's counting: ${three(vmrange.customMetrics)} custom metrics for a host, ${count(vmrange.customMetrics)} for the fleet while the host is a tag, twice as many with percentiles. Without the host as a tag, which distributions do not need: ${three(vmrange.customMetrics)} in all.`,
  '',
  `Series are what bends first: ${share(vmrange.buckets, vmrange.series)} of them are buckets with \`vmrange\`, ${share(classic.buckets, classic.series)} with \`classic\`. What to turn down, by effect on the series of the fleet:`,
  '',
  '| | series | |',
  '|---|---|---|',
  `| as above, \`vmrange\` | ${count(vmrange.series)} | |`,
  `| \`cpu: 'off'\` in the library | ${count(cheaper.series)} | ${share(cheaper.series, vmrange.series)} |`,
  `| \`--write-histograms native\`, where the engine has them | ${count(native.series)} | ${share(native.series, vmrange.series)} |`,
].join('\n');

console.log(text);
if (values.write) {
  const path = fileURLToPath(new URL('../docs/fleet-size.md', import.meta.url));
  const document = readFileSync(path, 'utf8');
  const [from, to] = ['<!-- fleet:begin -->\n', '\n<!-- fleet:end -->'];
  const [start, end] = [document.indexOf(from) + from.length, document.indexOf(to)];
  writeFileSync(path, document.slice(0, start) + text + document.slice(end));
}
