import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { findBudgets } from 'routemeter/budgets';
import { junit } from '../budgets/junit.ts';
import { failures, table } from '../budgets/table.ts';
import { LiveError } from '../errors.ts';
import { watched } from '../run/watched.ts';
import { createLiveServer } from '../server.ts';
import { parse } from './parse.ts';

interface Flags {
  budgets?: string;
  junit?: string;
  confidence: number;
  strict?: boolean;
}

const ABOUT = `
Runs a command under a live server of its own and holds what it measured against budgets. Ends with 1 if a
budget was exceeded, 2 if the budgets make no sense or part of them matches nothing, else as the command did.

Example:
  routemeter-live check --budgets routemeter.budgets.yaml --junit budgets.xml -- npm run e2e
`;

/** `routemeter-live check`: resolves with the exit code. */
export async function check(argv: readonly string[], print: (text: string) => void): Promise<number> {
  const program = new Command('routemeter-live check')
    .argument('<command...>', 'the command to run, after --')
    .option('--budgets <file>', 'default: routemeter.budgets.{ts,json,yaml} in this folder')
    .option('--junit <file>', 'write the verdicts as JUnit XML too')
    .option('--confidence <share>', 'how sure a failure must be, all limits together', confidence, 0.999)
    .option('--strict', 'fail a limit without enough traffic for a verdict too')
    .passThroughOptions()
    .addHelpText('after', ABOUT);
  parse(program, 'check', argv);
  const flags = program.opts<Flags>();
  const live = await createLiveServer({
    port: 0,
    statsdPort: 0,
    retention: 86_400,
    budgets: flags.budgets ?? found(),
    command: program.args.join(' '),
  });
  try {
    const code = await watched(live, program.args);
    const report = await live.checkBudgets({ confidence: flags.confidence });
    const failed = failures(report, flags.strict === true);
    print(table(report, failed));
    if (flags.junit !== undefined) writeFileSync(flags.junit, junit(report, failed));
    if (report.unmatched.length > 0) return 2;
    return failed.length > 0 ? 1 : code;
  } finally {
    await live.close();
  }
}

function found(): string {
  try {
    return findBudgets(process.cwd());
  } catch (error) {
    throw new LiveError('BAD_OPTION', (error as Error).message.replace(/ \[\w+\]$/, ''), { cause: error });
  }
}

function confidence(value: string): number {
  const number = Number(value);
  if (number >= 0.5 && number < 1) return number;
  throw new InvalidArgumentError('Give a share from 0.5 to below 1, such as 0.999.');
}
