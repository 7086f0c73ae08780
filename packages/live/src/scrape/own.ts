import type { Labels } from '../prometheus/labels.ts';
import type { Stats } from '../stats.ts';
import type { Family } from './families.ts';

const PREFIX = 'routemeter_live_';
const NONE: Labels = new Map();

/** This server's own counters, as far as it has them. */
export function ownFamilies(stats: Stats): Family[] {
  const { write } = stats;
  return [
    one('packets_total', 'Payloads received', stats.packets),
    one('lines_total', 'Lines received', stats.lines),
    one('samples_total', 'Values received', stats.samples),
    one('rejected_lines_total', 'Lines that could not be read', stats.rejected),
    one('kernel_drops_total', 'Datagrams dropped by the kernel', stats.kernelDrops ?? 0),
    ...(typeof stats.denied === 'number'
      ? [one('denied_requests_total', 'Requests without the token', stats.denied)]
      : []),
    one('series', 'Series held', stats.series),
    one('unnamed_metrics', 'Metrics that are left out, since no name is free', stats.unnamed),
    ...(stats.forward.length === 0 ? [] : forwarding(stats.forward)),
    ...(write === undefined ? [] : writing(write)),
  ];
}

/** Every name that one of them can have. */
export const OWN_NAMES: readonly string[] = [
  ...['packets_total', 'lines_total', 'samples_total', 'rejected_lines_total', 'kernel_drops_total'],
  ...['denied_requests_total', 'series', 'unnamed_metrics'],
  ...['forward_lines_total', 'forward_failed_lines_total', 'forward_dropped_lines_total'],
  ...['write_requests_total', 'write_samples_total', 'write_bytes_total', 'write_retries_total'],
  ...['write_skipped_ticks_total', 'write_queued_bytes', 'write_clock_skew_seconds', 'write_dropped_total'],
].map((name) => PREFIX + name);

function forwarding(targets: Stats['forward']): Family[] {
  const each = (name: string, help: string, part: 'lines' | 'failed' | 'dropped') =>
    family(
      name,
      help,
      targets.map((target) => [new Map([['target', target.url]]), target[part]]),
    );
  return [
    each('forward_lines_total', 'Lines sent on', 'lines'),
    each('forward_failed_lines_total', 'Lines that could not be sent on', 'failed'),
    each('forward_dropped_lines_total', 'Lines that found no room to wait', 'dropped'),
  ];
}

/** Of `--write`. */
function writing(write: NonNullable<Stats['write']>): Family[] {
  return [
    one('write_requests_total', 'Requests that the target took', write.sent),
    one('write_samples_total', 'Samples in them', write.samples),
    one('write_bytes_total', 'Bytes of them', write.bytes),
    one('write_retries_total', 'Requests sent again', write.retries),
    one('write_skipped_ticks_total', 'Ticks that found no room or an unknown target', write.skippedTicks),
    one('write_queued_bytes', 'Bytes that wait', write.queued.bytes),
    one('write_clock_skew_seconds', "This host's clock ahead of the target's", write.clockSkew ?? 0),
    family(
      'write_dropped_total',
      'Samples lost, by cause',
      Object.entries(write.dropped).map(([cause, lost]) => [new Map([['cause', cause]]), lost]),
    ),
  ];
}

function one(name: string, help: string, value: number): Family {
  return family(name, help, [[NONE, value]]);
}

function family(name: string, help: string, samples: (readonly [Labels, number])[]): Family {
  return {
    name: PREFIX + name,
    help,
    type: name.endsWith('_total') ? 'counter' : 'gauge',
    samples: samples.map(([labels, value]) => ({ labels, value })),
  };
}
