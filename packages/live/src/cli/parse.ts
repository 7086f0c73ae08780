import { type Command, CommanderError } from 'commander';
import { LiveError } from '../errors.ts';

/** Reads the command line of a subcommand. Throws a `LiveError` that names what is wrong; a `CommanderError` with exit code 0 after --help. */
export function parse(program: Command, name: string, argv: readonly string[]): void {
  program.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
    const text = error.message.replace(/^error: /, '');
    throw new LiveError('BAD_OPTION', `${name}: ${text}; see routemeter-live ${name} --help`, {
      cause: error,
    });
  }
}
