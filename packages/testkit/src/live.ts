import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../live/dist/cli.mjs', import.meta.url));

/** A running `routemeter-live`, as its own process. */
export interface Live {
  page: string;
  statsd: string;
  process: ChildProcess;
  /** What it and its command print. */
  printed: Printed;
  // biome-ignore lint/suspicious/noExplicitAny: answers are checked by the tests that ask
  get(path: string): Promise<any>;
  stop(): Promise<void>;
}

/** Starts the built `routemeter-live` on free ports, with a command or alone. */
export async function startLive(
  command: readonly string[] = [],
  options: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    /** Default a free one. */
    statsdPort?: number;
  } = {},
): Promise<Live> {
  const flags = ['--port', '0', '--statsd-port', String(options.statsdPort ?? 0), '--no-open'];
  const child = spawn(process.execPath, [CLI, ...flags, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  const printed = collect(child);
  const [, page, statsd] = await printed.find(/page (http:\/\/\S+?)\/?\s+statsd (udp:\/\/\S+)/);
  return {
    page: page!,
    statsd: statsd!,
    process: child,
    printed,
    async get(path) {
      const answer = await fetch(page + path);
      return answer.json();
    },
    stop: () => stop(child),
  };
}

/** What a process prints, on both streams. */
export interface Printed {
  text(): string;
  /** Resolves with the first match in what was printed so far or is printed later; rejects at the end. */
  find(pattern: RegExp): Promise<RegExpExecArray>;
}

export function collect(child: ChildProcess): Printed {
  let text = '';
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of waiting) check();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-100_000);
      wake();
    });
  }
  let closed = false;
  child.once('close', () => {
    closed = true;
    wake();
  });
  return {
    text: () => text,
    find: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const match = pattern.exec(text);
          if (match === null && !closed) return;
          waiting.delete(check);
          if (match === null) reject(new Error(`the process ended without ${pattern}:\n${text}`));
          else resolve(match);
        };
        waiting.add(check);
        check();
      }),
  };
}

/** Asks a process to end and waits for it; ends it where it has not after a minute. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await closed;
  clearTimeout(timer);
}

/** Asks again until the answer is right, at most a minute; resolves with the last one. */
export async function until<T>(
  ask: () => Promise<T> | T,
  isRight: (answer: T) => boolean,
  ms = 60_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || performance.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
