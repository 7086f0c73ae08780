/**
 * What each number is, in one place: shown on hover and on focus. `over` is the window in words, `within` how far
 * percentiles can be off.
 */
export const HELP = {
  route: () => 'The template as the app registered it, never the URL.',
  rate: (over: string) => `Requests per second, mean over ${over}.`,
  p50: (over: string, within: string) =>
    `Half of the requests were quicker (wall time). Over ${over}, ${within}.`,
  p95: (over: string, within: string) =>
    `95 of 100 requests were quicker (wall time). Over ${over}, ${within}.`,
  p99: (over: string, within: string) =>
    `99 of 100 requests were quicker (wall time). Over ${over}, ${within}.`,
  max: (over: string) => `The slowest request (wall time). Over ${over}, exact.`,
  mean: (over: string) => `Sum of the wall times by their number. Over ${over}, exact.`,
  client: (over: string, within: string) =>
    `95 of 100 clients had their answer quicker: wall time, and before it the wait unread for the event loop, which is an estimate. Over ${over}, ${within}.`,
  clientP50: (over: string, within: string) =>
    `Half of the clients had their answer quicker: wall time and the wait before it, which is an estimate. Over ${over}, ${within}.`,
  clientP95: (over: string, within: string) =>
    `95 of 100 clients had their answer quicker: wall time and the wait before it, which is an estimate. Over ${over}, ${within}.`,
  clientP99: (over: string, within: string) =>
    `99 of 100 clients had their answer quicker: wall time and the wait before it, which is an estimate. Over ${over}, ${within}.`,
  heldBy: () => 'Whose code ran on the event loop while requests of this route waited for it.',
  heldShare: (over: string) => `Part of all that this route waited for the loop, over ${over}.`,
  keeps: () => 'Routes whose requests waited while this one had the event loop.',
  keepsShare: (over: string) => `Part of all the waiting that this route caused, over ${over}.`,
  unread: (over: string) =>
    `How long a request lay unread in its connection meanwhile, mean per request over ${over}. An estimate.`,
  goingOn: (over: string) =>
    `How long a request that could have gone on did not, mean per request over ${over}. An estimate.`,
  unknownWait: () =>
    'A new connection waits to be accepted as well, one in each turn of the loop, and when it came is told by nobody.',
  err: (over: string) =>
    `Part of the requests that ended with a status of 500 or more, or with an error and no whole answer. Over ${over}, exact.`,
  cpu: (over: string) =>
    `CPU that this route used, as a part of one core: rate times mean CPU. An event loop has one core at most. Over ${over}.`,
  remote: (over: string) =>
    `CPU that threads of a pool used for this route, as a part of one core: in none of its other numbers. Over ${over}.`,
  time: () =>
    'Length: mean wall time, one scale for all rows. Colours: where it went. Sorting by it puts first the route in which most time is spent in all (rate times mean).',
  spark: () => 'p95 of each ten seconds over the last 5 min, from 0 to its own largest. Gaps: no requests.',
  count: (over: string) => `Number of requests in ${over}, exact.`,
  aborted: (over: string) => `Requests whose client went away before the end, in ${over}.`,
  services: (over: string) => `Services that sent requests in ${over}.`,
  hosts: () => 'Hosts whose requests carry a host, of the window that is shown.',
  hostCpu: (over: string) => `Mean CPU of one request on the event loop, over ${over}.`,
  samples: () => 'StatsD values received per second, mean over the last 5 s.',
  rejected: () => 'Lines that could not be read since the server started. Raw has them by reason and name.',
  drops: () =>
    'Packets that the system threw away because the receive buffer was full, since the server started. Counts and rates are too low by them.',
  forwarded: () =>
    'Lines passed on to other servers since the start, to all targets together. Raw has the books of each.',
  folded: () =>
    'Series put together because the cap on series was reached (--max-series). Totals stay exact; single tag values are missing.',
  blockCalls: (over: string) =>
    `Calls of this block in one request, mean over ${over}. Many calls are often a query in a loop.`,
  blockMean: (over: string) => `Mean wall time of one call, over ${over}.`,
  blockP95: (over: string, within: string) => `95 of 100 calls were quicker. Over ${over}, ${within}.`,
  blockShare: (over: string) =>
    `Time in this block as a part of the request's wall time, over ${over}. Above 100 % when calls run side by side.`,
  blockCpu: (over: string) => `Mean CPU of one call on the event loop, over ${over}.`,
  blockBar: () =>
    'The whole bar is the mean request; filled: the time in this block, its CPU in the CPU colour.',
  calls: (over: string) =>
    `Calls in one request, mean over ${over}. A frame: a request makes the same call many times, often a query in a loop.`,
  callMean: (over: string) => `Mean time of one call, over ${over}.`,
  callP95: (over: string, within: string) => `95 of 100 calls were quicker. Over ${over}, ${within}.`,
  callWait: (over: string) =>
    `What these calls cost a request: its time without anything else to do, shared equally by the calls that were open. Calls side by side share it, so the waits add up to no more than the idle time. Mean over ${over}, exact.`,
  callErr: (over: string) => `Part of the calls that failed or got a status of 400 or more, over ${over}.`,
  callBar: () => 'The whole bar is the mean request; filled: what it waits for these calls.',
  upstream: () =>
    'What the applications ask of others: system or address, and operation. Never values, keys or paths.',
  upstreamRate: (over: string) => `Calls per second, mean over ${over}.`,
  upstreamWait: (over: string) =>
    `Milliseconds that all requests together wait for it in one second, mean over ${over}: what it costs in all.`,
  upstreamSpark: () =>
    'p95 of each ten seconds over the last 5 min, from 0 to its own largest. Gaps: no calls.',
  profileLink: () => 'Which functions use this route’s CPU, and which calls hold the event loop.',
  profileStall: () =>
    'V8 walks the heap for all functions that are compiled by then: 0.5 to 1.4 ms for each MB in use. Meanwhile no request is served. While it samples, the application is 2 to 6 % slower.',
  wholeStacks: () =>
    'With the functions that lead to the application, such as the layers of its framework. Their own time stands in the graph either way.',
  unitCpu: () =>
    'CPU of the event loop that it used while it was sampled, exact: the ledger has it, not the samples.',
  unitStalled: () =>
    'Time in which its code held the event loop without using CPU, as a blocking call does; exact where the system can tell.',
  unitSamples: () => 'How often its code was seen. Below 100, shares of functions are rough.',
  unitBar: () => 'CPU and stalled time, on one scale for all rows.',
  fnSelf: () =>
    'What it used itself, without what it called; of built-ins such as JSON.parse or sort the caller has the time. Sampled, and scaled to the exact total.',
  slowUnits: () =>
    'Those that took longer than 95 % of them while they were sampled: what they did that the others did not.',
  fnTotal: () => 'With all that it called.',
  fnShare: () => 'What it used itself, as a part of all that is shown.',
  fnBefore: () =>
    'The same in what it is compared with: another profile, or the units that were not slow. Grey: within what chance alone does.',
  status: (over: string) => `Answers with this status in ${over}, exact.`,
  metricSeries: () => 'Combinations of tag values seen for this metric.',
  customMetrics: () =>
    'Custom metrics as Datadog counts them by default: one for each series, five for each series of a timing, histogram or distribution.',
  metricLast: () => 'When its last sample came.',
  metricValue: () =>
    'Its last value: of a gauge, what it is now; of a timing, the last sample; of a counter, what was added last. Of whichever series came last, where there are several.',
  metricRate: () =>
    'Per second, over the last ten whole seconds: what a counter counted, samples of all else.',
  shift: () => 'Change against the pinned moment. Grey and with ≈: within what chance alone would do.',
} as const;

export type HelpTopic = keyof typeof HELP;

export function helpText(topic: string, over: string, within: string): string | undefined {
  return topic in HELP ? HELP[topic as HelpTopic](over, within) : undefined;
}

/** How far a percentile can be off, in words; a bucket can be wider than what it holds. */
export function withinWords(error: number): string {
  if (!(error < 1)) return 'as far off as its bucket is wide';
  // A little is lost where a ratio is worked out.
  return `within ${Math.max(1, Math.ceil(error * 100 - 1e-6))} %`;
}
