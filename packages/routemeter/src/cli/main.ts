#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { RoutemeterError } from '../errors/index.ts';
import { UsageError } from './usage.ts';

interface Command {
  about: string;
  /** Resolves with the exit code. */
  run(argv: readonly string[]): Promise<number>;
}

const print = (text: string) => {
  process.stdout.write(text);
};

/** The preload as it is built beside this file. */
const REGISTER = new URL('./register.mjs', import.meta.url).href;
const MANIFEST = new URL('../package.json', import.meta.url);

const COMMANDS: Record<string, Command> = {
  doctor: {
    about: 'tells what is measured in this project, and whether it arrives',
    run: async (argv) => (await import('./doctor.ts')).doctorCommand(argv, print, REGISTER),
  },
  export: {
    about: 'makes monitors, alerts and dashboards from a budgets file',
    run: async (argv) => (await import('./export.ts')).exportCommand(argv, print),
  },
};

async function main([name = '--help', ...argv]: readonly string[]): Promise<number> {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name]!.run(argv);
  if (name === '--help' || name === '-h') {
    const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}\n`);
    print(
      `routemeter <command> [options]\n\n${lines.join('')}\nroutemeter <command> --help tells the options; routemeter --version the version.\n`,
    );
    return 0;
  }
  if (name === '--version' || name === '-V') {
    const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };
    print(`${version}\n`);
    return 0;
  }
  throw new UsageError(`there is no command "${name}"; give one of ${Object.keys(COMMANDS).join(', ')}`);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const isKnown = error instanceof UsageError || error instanceof RoutemeterError || 'problems' in error;
    const text = isKnown ? error.message.replace(/ \[RM_\w+\]$/, '') : error.stack;
    process.stderr.write(`routemeter: ${text}\n`);
    process.exitCode = isKnown ? 2 : 1;
  },
);
