import { type ChildProcess, spawn } from 'node:child_process';
import { within } from '../within.ts';
import type { Change } from './watch.ts';

export interface ReactOptions {
  /** A shell command; the change stands in its environment, and as JSON on its standard input. */
  command?: string | undefined;
  /** Where the change is posted to, as JSON. */
  webhook?: string | undefined;
  warn: (text: string) => void;
}

/** Changes that wait for a slow command or webhook; the newest beyond it are dropped and told. */
const MOST_WAITING = 100;
const COMMAND_MS = 60_000;
const POST_MS = 10_000;
const ATTEMPTS = 3;

/** Tells of changes, one after the other and each once. Failures are told and go no further. */
export class Reactions {
  readonly #options: ReactOptions;
  readonly #waiting: Change[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ReactOptions) {
    this.#options = options;
  }

  tell(change: Change): void {
    if (this.#options.command === undefined && this.#options.webhook === undefined) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#options.warn(`${change.event} not told, ${MOST_WAITING} are waiting: ${change.limit.text}`);
      return;
    }
    this.#waiting.push(change);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends what is running; what waits is left. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let change = this.#waiting.shift(); change !== undefined; change = this.#waiting.shift()) {
      const { command, webhook } = this.#options;
      await Promise.all([
        command === undefined ? undefined : this.#execute(command, change),
        webhook === undefined ? undefined : this.#post(webhook, change),
      ]);
    }
  }

  #execute(command: string, change: Change): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      // A group of its own: what the shell started ends with it.
      const child = spawn(command, {
        shell: true,
        detached: process.platform !== 'win32',
        stdio: ['pipe', 'inherit', 'inherit'],
        env: { ...process.env, ...variables(change) },
      });
      const end = () => endGroup(child);
      const timer = setTimeout(end, COMMAND_MS);
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      signal.addEventListener('abort', end);
      // A command that does not read its input closes it.
      child.stdin.on('error', () => {});
      child.stdin.end(`${JSON.stringify(change)}\n`);
      child.on('error', (error) => {
        if (!signal.aborted) this.#options.warn(`--on-breach cannot be run: ${error.message}`);
        done();
      });
      child.on('close', (code, by) => {
        if (code !== 0 && !signal.aborted) {
          this.#options.warn(`--on-breach ended with ${by ?? `exit code ${code}`}`);
        }
        done();
      });
    });
  }

  async #post(url: string, change: Change): Promise<void> {
    let why = '';
    for (let attempt = 1; attempt <= ATTEMPTS && !this.#stop.signal.aborted; attempt++) {
      try {
        const answer = await within(POST_MS, this.#stop.signal, async (signal) => {
          const answered = await fetch(url, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(change),
            redirect: 'error',
            signal,
          });
          await answered.body?.cancel();
          return answered;
        });
        if (answer.ok) return;
        why = `it answered ${answer.status}`;
        // A request that is refused will be refused again.
        if (answer.status < 500 && answer.status !== 429) break;
      } catch (error) {
        why = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
      }
      await pause(attempt * 500, this.#stop.signal);
    }
    if (!this.#stop.signal.aborted) this.#options.warn(`--webhook did not take the ${change.event}: ${why}`);
  }
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === 'win32') child.kill();
    else process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It ended just now.
  }
}

/** The change as a shell script reads it. */
function variables({ event, limit }: Change): Record<string, string> {
  const values = {
    EVENT: event,
    SERVICE: limit.service,
    METHOD: limit.method,
    ROUTE: limit.route,
    BLOCK: limit.block,
    UPSTREAM: limit.upstream,
    MEASURE: limit.measure,
    VALUE: limit.value,
    LIMIT: limit.limit,
    UNIT: limit.unit,
    SEVERITY: limit.severity,
    TEXT: limit.text,
  };
  return Object.fromEntries(
    // A name from the wire may hold a NUL, which an environment cannot.
    Object.entries(values).map(([key, value]) => [
      `ROUTEMETER_${key}`,
      String(value ?? '').replaceAll('\0', ''),
    ]),
  );
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
