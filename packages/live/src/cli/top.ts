import { setTimeout as wait } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { LiveError } from '../errors.ts';
import type { RouteRow } from '../routes/row.ts';
import { createLiveServer } from '../server.ts';
import { printable } from '../terminal/columns.ts';
import { routesTable, SORTS, type Sort } from '../terminal/routes.ts';
import { parse } from './parse.ts';
import { duration, header, whole } from './values.ts';

interface Flags {
  url: string;
  token?: string;
  store?: string;
  storeHeader?: Record<string, string>;
  window: number;
  sort: Sort;
  tag?: Record<string, string>;
  lines?: number;
  once?: boolean;
}

interface Answer {
  routes?: RouteRow[];
  error?: { code: string; message: string };
}

const ABOUT = `
Shows the routes of a live server in the terminal, once a second; where the output is no terminal, once. With
--store it needs no server: the routes of the fleet come from the engine that its collectors write to.

Examples:
  routemeter-live top
  routemeter-live top --store http://victoria:8428 --tag host:web-3 --window 15m
`;

const EVERY_MS = 1000;
/** Lines of a terminal that the table does not use. */
const OTHER_LINES = 6;
const LINES = 40;
const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** `routemeter-live top`: resolves with the exit code when it was shown once, or a signal came. */
export async function top(argv: readonly string[], out: NodeJS.WriteStream): Promise<number> {
  const flags = read(argv);
  const own =
    flags.store === undefined
      ? undefined
      : await createLiveServer({
          port: 0,
          statsdPort: 0,
          store: flags.store,
          ...(flags.storeHeader === undefined ? {} : { storeHeaders: flags.storeHeader }),
        });
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  out.once('error', end);
  try {
    const base = (own?.url ?? flags.url).replace(/\/+$/, '');
    const isOnce = flags.once === true || !out.isTTY;
    for (;;) {
      const { text, failed } = await shown(base, flags, out, own?.engine ?? base);
      out.write(isOnce ? text : `${CLEAR}${text}`);
      if (isOnce) return failed ? 1 : 0;
      await wait(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return 0;
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await own?.close();
  }
}

async function shown(
  base: string,
  flags: Flags,
  out: NodeJS.WriteStream,
  source: string,
): Promise<{ text: string; failed: boolean }> {
  const head = `routemeter-live top  ${source}  last ${flags.window} s`;
  let answer: Answer;
  try {
    const query = new URLSearchParams({ window: String(flags.window) });
    for (const [key, value] of Object.entries(flags.tag ?? {})) query.append(`tag:${key}`, value);
    const response = await fetch(`${base}/api/routes?${query}`, {
      headers: flags.token === undefined ? {} : { authorization: `Bearer ${flags.token}` },
    });
    answer = (await response.json()) as Answer;
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    answer = {
      error: { code: 'UNREACHABLE', message: `no answer (${cause?.code ?? (error as Error).message})` },
    };
  }
  const { routes, error } = answer;
  if (routes === undefined) {
    const why = printable(error?.message ?? 'it is no server of routemeter-live');
    return { text: `${head}\n\n${base}: ${why}\n`, failed: true };
  }
  const rate = routes.reduce((sum, row) => sum + row.rate, 0);
  const lines = flags.lines ?? Math.max(1, (out.rows ?? LINES + OTHER_LINES) - OTHER_LINES);
  const body =
    routes.length === 0 ? ['No requests in this time.'] : routesTable(routes, { sort: flags.sort, lines });
  const sum = `${routes.length} routes, ${Number(rate.toPrecision(3))} requests/s`;
  return { text: `${head}  ${sum}\n\n${body.join('\n')}\n`, failed: false };
}

function read(argv: readonly string[]): Flags {
  const program = new Command('routemeter-live top')
    .option('--url <url>', 'of a running live server', 'http://127.0.0.1:8127')
    .addOption(new Option('--token <token>', 'that it asks for').env('ROUTEMETER_LIVE_TOKEN'))
    .addOption(
      new Option('--store <url>', 'of an engine that collectors write to').env('ROUTEMETER_LIVE_STORE'),
    )
    .addOption(
      new Option("--store-header <'name: value'>", 'sent with what is asked there; can be repeated')
        .env('ROUTEMETER_LIVE_STORE_HEADER')
        .argParser(header('--store-header')),
    )
    .option('--window <time>', 'how far back, such as 5m', duration, 60)
    .addOption(new Option('--sort <by>', 'most first').choices(Object.keys(SORTS)).default('time'))
    .option('--tag <key:value>', 'only requests with it, such as host:web-3; can be repeated', tag)
    .option('--lines <number>', 'routes shown; default: as many as there is room for', whole)
    .option('--once', 'show them once')
    .addHelpText('after', ABOUT);
  parse(program, 'top', argv);
  const flags = program.opts<Flags>();
  if (!/^https?:$/.test(URL.canParse(flags.url) ? new URL(flags.url).protocol : ''))
    throw new LiveError(
      'BAD_OPTION',
      `top: --url ${flags.url} is not an address such as http://127.0.0.1:8127`,
    );
  return flags;
}

function tag(value: string, before: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf(':');
  if (at < 1) throw new InvalidArgumentError('Give a tag such as host:web-3.');
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
}
