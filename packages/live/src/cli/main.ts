#!/usr/bin/env node
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { LiveError, type LiveErrorCode } from '../errors.ts';
import { watched } from '../run/watched.ts';
import { createLiveServer, type LiveServer } from '../server.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import { check } from './check.ts';
import { profile } from './profile.ts';
import { top } from './top.ts';
import { boundYoungGeneration } from './young-generation.ts';

/** As shells have it: 2 for wrong usage, 127 for a program that is not there. */
const EXIT_CODES: Record<LiveErrorCode, number> = {
  BAD_OPTION: 2,
  PORT_IN_USE: 1,
  CANNOT_LISTEN: 1,
  COMMAND_FAILED: 127,
  NO_ANSWER: 1,
};

async function main(argv: readonly string[]): Promise<number> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  if (argv[0] === 'check') return check(argv.slice(1), (text) => process.stdout.write(text));
  if (argv[0] === 'profile') return profile(argv.slice(1), (text) => process.stdout.write(text));
  if (argv[0] === 'top') return top(argv.slice(1), process.stdout);
  const args = parseArguments(argv, version);
  boundYoungGeneration();
  return args.command.length > 0 ? withCommand(args) : alone(args);
}

/** Whoever reads our output may leave (`| head`). Nobody is left to print for; a command goes on. */
const readerGone = new Promise<void>((resolve) => process.stdout.once('error', resolve));
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

async function alone(args: Arguments): Promise<number> {
  const live = await start(args, {});
  // With --json, standard output holds nothing but JSON.
  greet(
    args,
    args.json ? process.stderr : process.stdout,
    live,
    live.engine === undefined
      ? 'Send StatsD or DogStatsD there, in any language; press Ctrl-C to stop.'
      : `The page shows what the collectors wrote to ${live.engine}; press Ctrl-C to stop.`,
  );
  await openPage(args, live);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal));
  await Promise.race([...signals, readerGone]);
  await live.close();
  return 0;
}

async function withCommand(args: Arguments): Promise<number> {
  const command = args.command.join(' ');
  const live = await start(args, { command, ...(args.statsdPortGiven ? {} : { statsdPort: 0 }) }).catch(
    (error) => {
      if (!(error instanceof LiveError) || error.code !== 'PORT_IN_USE' || args.portGiven) throw error;
      return start(args, { command, port: 0, ...(args.statsdPortGiven ? {} : { statsdPort: 0 }) });
    },
  );
  // The command's own output stays as it is.
  greet(args, process.stderr, live, `Watching: ${command}`);
  await openPage(args, live);
  try {
    return await watched(live, args.command);
  } finally {
    await live.close();
  }
}

function start(args: Arguments, more: object): Promise<LiveServer> {
  const print = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`);
  return createLiveServer({ ...args.server, ...(args.json ? { onLine: print } : {}), ...more });
}

/** The token is shown to whoever sits at the terminal and has the page opened; never to a log. */
function greet(args: Arguments, stream: NodeJS.WriteStream, live: LiveServer, next: string): void {
  const page = stream.isTTY && opens(args) ? live.pageUrl : live.url;
  const write = live.writesTo === undefined ? '' : `Writing to ${live.writesTo} every 10 s.\n`;
  stream.write(`routemeter-live: page ${page}  statsd ${live.udp}\n${write}${next}\n`);
}

function opens(args: Arguments): boolean {
  return args.open && process.stdout.isTTY;
}

async function openPage(args: Arguments, live: LiveServer): Promise<void> {
  if (!opens(args)) return;
  const { default: open } = await import('open');
  // No browser is no reason to fail: the address stands in the terminal.
  await open(live.pageUrl).catch(() => {});
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
    const isKnown = error instanceof LiveError;
    process.stderr.write(`routemeter-live: ${isKnown ? error.message : (error as Error).stack}\n`);
    process.exit(isKnown ? EXIT_CODES[error.code] : 1);
  },
);
