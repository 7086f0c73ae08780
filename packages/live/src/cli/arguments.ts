import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { LiveError } from '../errors.ts';
import { RULES, type RulesOption } from '../ingest/rules.ts';
import type { LiveOptions } from '../options.ts';
import { UNITS, type Unit } from '../units.ts';
import { HISTOGRAMS, type HistogramName } from '../write/histograms/kind.ts';
import { buckets, duration, header, units, whole } from './values.ts';

export interface Arguments {
  server: LiveOptions;
  /** Whether the port was asked for, and must be that one. */
  portGiven: boolean;
  statsdPortGiven: boolean;
  json: boolean;
  open: boolean;
  command: string[];
}

interface Flags {
  port: number;
  statsdPort: number;
  unix?: string;
  host: string;
  statsdHost?: string;
  allowHost?: string[];
  token?: string;
  tokenFile?: string;
  profileToken?: string;
  profileTokenFile?: string;
  retention: number;
  maxSeries: number;
  forward?: string[];
  rules?: RulesOption;
  unit?: Record<string, Unit>;
  buckets?: Record<string, number[]>;
  unixDatagram?: string;
  write?: string;
  writeHistograms?: HistogramName | 'auto';
  writeLabels?: Record<string, string>;
  writeHeader?: Record<string, string>;
  budgets?: string;
  onBreach?: string;
  profileOnBreach?: boolean;
  webhook?: string;
  routes?: string[];
  store?: string;
  storeHeader?: Record<string, string>;
  json?: boolean;
  open: boolean;
}

const EXAMPLES = `
Examples:
  routemeter-live node server.js    run any Node app unchanged and see its routes
  routemeter-live                   only the server: any language sends StatsD to port 8125
  routemeter-live --port 0 npm run dev

  routemeter-live check --budgets routemeter.budgets.yaml -- npm run e2e
  routemeter-live profile           which functions use the CPU of each route of a running server
  routemeter-live top               the routes of a running server, or of a fleet, in the terminal

Every option can also be given as ROUTEMETER_LIVE_..., such as ROUTEMETER_LIVE_PORT.
`;

/**
 * Reads the command line. Our options stand before the command; everything from its first word on is its
 * own. Throws a `LiveError` that names the value; a `CommanderError` with exit code 0 after --help.
 */
export function parseArguments(argv: readonly string[], version: string): Arguments {
  const program = new Command('routemeter-live')
    .description('A local StatsD server with a live page of your routes')
    .argument('[command...]', 'a command to run and watch')
    .passThroughOptions()
    .version(version)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const options = [
    option('--port <number>', 'page and API; 0 takes a free one', 'PORT').default(8127).argParser(whole),
    option('--statsd-port <number>', 'StatsD over UDP and TCP; with a command a free one', 'STATSD_PORT')
      .default(8125)
      .argParser(whole),
    option('--unix <path>', 'StatsD over a Unix stream socket too', 'UNIX'),
    option(
      '--unix-datagram <path>',
      'StatsD over a Unix datagram socket too; needs the package unix-dgram',
      'UNIX_DATAGRAM',
    ),
    option('--host <address>', 'address to listen on; needs a token unless it is loopback', 'HOST').default(
      '127.0.0.1',
    ),
    option('--statsd-host <address>', 'address of the StatsD sockets, where it is another', 'STATSD_HOST'),
    option('--token <token>', 'what readers of the page and the API have to show', 'TOKEN'),
    option('--token-file <path>', 'the same from a file', 'TOKEN_FILE'),
    option(
      '--profile-token <token>',
      'by which applications that it did not start are profiled',
      'PROFILE_TOKEN',
    ),
    option('--profile-token-file <path>', 'the same from a file', 'PROFILE_TOKEN_FILE'),
    option('--allow-host <name>', 'a name of a proxy in front; several with commas', 'ALLOW_HOST').argParser(
      list,
    ),
    option('--retention <time>', 'how long samples are kept, such as 30m or 2h', 'RETENTION')
      .default(3600, '1h')
      .argParser(duration),
    option('--max-series <number>', 'series held apart; beyond it they fold', 'MAX_SERIES')
      .default(5000)
      .argParser(whole),
    option(
      '--forward <url>',
      'send every line on, such as udp://10.0.0.7:8125; several with commas',
      'FORWARD',
    ).argParser(list),
    option('--rules <whose>', 'how lines are read where servers differ', 'RULES').choices([...RULES]),
    option(
      '--unit <metric=unit>',
      `what a metric is in: ${UNITS.join(', ')}; several with commas`,
      'UNITS',
    ).argParser(units),
    option(
      '--buckets <unit=bounds>',
      'bounds for a unit or a metric, such as bytes=1000,1000000; can be repeated',
      'BUCKETS',
    ).argParser(buckets),
    option('--write <url>', 'write to Prometheus, VictoriaMetrics or their kin every 10 s', 'WRITE'),
    option(
      '--write-histograms <kind>',
      'how distributions are written; auto asks',
      'WRITE_HISTOGRAMS',
    ).choices(['auto', ...HISTOGRAMS]),
    option(
      '--write-labels <k:v,...>',
      'labels of all that is written; host is one',
      'WRITE_LABELS',
    ).argParser(labels),
    option(
      "--write-header <'name: value'>",
      'sent with what is written; can be repeated',
      'WRITE_HEADER',
    ).argParser(header('--write-header')),
    option('--routes <name>', 'a metric that measures requests; several with commas', 'ROUTES').argParser(
      list,
    ),
    option(
      '--budgets <file>',
      'limits that routes are held against, such as routemeter.budgets.yaml',
      'BUDGETS',
    ),
    option('--on-breach <command>', 'run when a budget is exceeded, and when it is kept again', 'ON_BREACH'),
    option(
      '--profile-on-breach',
      'take a profile when a budget of CPU is exceeded, at most one in a minute',
      'PROFILE_ON_BREACH',
    ),
    option('--webhook <url>', 'post the same there as JSON', 'WEBHOOK'),
    option(
      '--store <url>',
      'show what collectors wrote to Prometheus, VictoriaMetrics or their kin',
      'STORE',
    ),
    option(
      "--store-header <'name: value'>",
      'sent with what is asked there; can be repeated',
      'STORE_HEADER',
    ).argParser(header('--store-header')),
    option('--json', 'print every line that arrives as JSON', 'JSON'),
    option('--no-open', 'do not open the page in a browser', 'NO_OPEN'),
  ];
  for (const one of options) program.addOption(one);

  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode !== 0) {
      throw new LiveError(
        'BAD_OPTION',
        `${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')} (see --help)`,
        { cause: error },
      );
    }
    throw error;
  }
  const {
    json,
    open,
    writeHeader: writeHeaders,
    storeHeader: storeHeaders,
    unit: given,
    ...server
  } = program.opts<Flags>();
  return {
    server: {
      ...server,
      ...(writeHeaders === undefined ? {} : { writeHeaders }),
      ...(storeHeaders === undefined ? {} : { storeHeaders }),
      ...(given === undefined ? {} : { units: given }),
    },
    portGiven: program.getOptionValueSource('port') !== 'default',
    statsdPortGiven: program.getOptionValueSource('statsdPort') !== 'default',
    json: json === true,
    open,
    command: program.args,
  };
}

function option(flags: string, about: string, variable: string): Option {
  return new Option(flags, about).env(`ROUTEMETER_LIVE_${variable}`);
}

function list(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(',')];
}

function labels(value: string, before: Record<string, string> = {}): Record<string, string> {
  const all = { ...before };
  for (const pair of value.split(',')) {
    const cut = pair.indexOf(':');
    if (cut < 1) throw new InvalidArgumentError('Give labels such as service:shop,env:live.');
    all[pair.slice(0, cut).trim()] = pair.slice(cut + 1).trim();
  }
  return all;
}
