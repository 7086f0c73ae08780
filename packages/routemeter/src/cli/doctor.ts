import { parseArgs } from 'node:util';
import { checkCpu } from './doctor/cpu.ts';
import type { Finding } from './doctor/finding.ts';
import { checkFrameworks } from './doctor/frameworks.ts';
import { checkNeighbours } from './doctor/neighbours.ts';
import { checkNode } from './doctor/node.ts';
import { findingsOf, runCommand } from './doctor/run.ts';
import { checkTarget } from './doctor/target.ts';
import { checkUnits } from './doctor/units.ts';
import { UsageError } from './usage.ts';

const HELP = `routemeter doctor [--json] [-- command ...]

Tells what Routemeter would do in this project: the Node version, the frameworks and the libraries of
jobs, messages and schedules, and whether they are supported, where metrics would go and whether something answers there, how CPU is measured, and what
other tools measure beside it. Nothing of the project is run.

With a command it also runs that under the preload (node --import routemeter/register), and when it
ended tells which frameworks named routes, how many names were guessed, and what the metrics would cost. What the command prints goes to stderr.

  --json      one JSON object on stdout
  -h, --help

Exit codes: 0 nothing wrong; 1 a problem was found; 2 the command line makes no sense; with a command
that failed, its own.
`;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const MARKS: Record<Finding['level'], string> = {
  ok: 'ok      ',
  note: 'note    ',
  unknown: 'unknown ',
  problem: 'PROBLEM ',
};

/**
 * `routemeter doctor`.
 *
 * @param register URL of the preload's file.
 * @throws UsageError
 */
export async function doctorCommand(
  argv: readonly string[],
  print: (text: string) => void,
  register: string,
): Promise<number> {
  const at = argv.indexOf('--');
  const command = at < 0 ? null : argv.slice(at + 1);
  const { json, help } = read(at < 0 ? argv : argv.slice(0, at));
  if (help) {
    print(HELP);
    return 0;
  }
  if (command?.length === 0) throw new UsageError('doctor: no command after --');
  const folder = process.cwd();
  const findings = [
    checkNode(),
    ...checkFrameworks(folder),
    ...checkUnits(folder),
    ...(await checkTarget(process.env)),
    checkCpu(),
    ...checkNeighbours(folder),
  ];
  let exitCode = 0;
  if (command !== null) {
    const run = await runCommand(command, register, process.env).catch((error: Error) => {
      throw new UsageError(`doctor: cannot run ${command[0]}: ${error.message}`);
    });
    findings.push(...findingsOf(run));
    exitCode = run.exitCode;
  }
  const hasProblem = findings.some(({ level }) => level === 'problem');
  if (json) print(`${JSON.stringify({ ok: !hasProblem, findings }, null, 2)}\n`);
  else for (const { level, text } of findings) print(`${MARKS[level]} ${text}\n`);
  return exitCode || (hasProblem ? 1 : 0);
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(`doctor: ${(error as Error).message.split('.')[0]}; see routemeter doctor --help`);
  }
}
