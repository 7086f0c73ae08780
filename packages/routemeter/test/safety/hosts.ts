import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from '../../../testkit/src/bundle.ts';
import { MODES, type Mode, type Outcome, type Program } from './programs.ts';

/** A program takes milliseconds: what takes this long hangs. */
const LIMIT_MS = 60_000;

/** A process for each way of measuring, and one without us, which all run the same programs. */
export class Hosts {
  private readonly children = new Map<Mode, ChildProcess>();

  static async start(node: string): Promise<Hosts> {
    const script = await bundle(new URL('./scripts/host.ts', import.meta.url), 'safety-host');
    const hosts = new Hosts();
    for (const mode of MODES) {
      hosts.children.set(mode, fork(script, [mode], { execPath: node, execArgv: ['--no-warnings'] }));
    }
    return hosts;
  }

  async run(mode: Mode, program: Program): Promise<Outcome> {
    const child = this.children.get(mode)!;
    const done = new AbortController();
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    try {
      const answer = Promise.race([
        once(child, 'message', { signal: done.signal }),
        once(child, 'exit', { signal: done.signal }).then(([code]) => {
          throw new Error(`the process "${mode}" ended with ${code}`);
        }),
      ]);
      child.send(program);
      const [outcome] = (await answer) as [Outcome];
      return outcome;
    } finally {
      clearTimeout(limit);
      done.abort();
    }
  }

  runAll(program: Program): Promise<Array<[Mode, Outcome]>> {
    return Promise.all(MODES.map(async (mode) => [mode, await this.run(mode, program)] as [Mode, Outcome]));
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.children.values()].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.disconnect();
        await gone;
      }),
    );
  }
}
