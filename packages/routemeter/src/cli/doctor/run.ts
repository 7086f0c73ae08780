import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIAGNOSIS, type Diagnosis } from '../../register/diagnosis.ts';
import type { Finding } from './finding.ts';

/** What names requests that were guessed. */
const REMEDY =
  'have names that were guessed from their addresses: add the one line of your framework (docs/frameworks), the option route of httpMeter, or meter.route() in the handler';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How a command under the preload ended, and what its processes left. */
export interface Run {
  /** As a shell would give it: 128 and the signal's number for one that a signal ended. */
  exitCode: number;
  processes: Diagnosis[];
}

/**
 * Runs a command under the preload, with our terminal, and hands signals on to it.
 *
 * @param register URL of the preload.
 * @throws Error for a command that cannot be started.
 */
export async function runCommand(
  command: readonly string[],
  register: string,
  env: NodeJS.ProcessEnv,
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-doctor-'));
  try {
    const preload = `--import ${/[\s"\\]/.test(register) ? JSON.stringify(register) : register}`;
    const options = env.NODE_OPTIONS ? `${preload} ${env.NODE_OPTIONS}` : preload;
    const exitCode = await spawned(command, { ...env, NODE_OPTIONS: options, [DIAGNOSIS]: folder });
    const processes = readdirSync(folder).map(
      (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Diagnosis,
    );
    return { exitCode, processes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function spawned([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    // npm and npx are scripts on Windows, which only a shell can start. Our standard output is the
    // report's: what the command prints goes beside it.
    const shell = process.platform === 'win32';
    const child = spawn(file, args, { stdio: ['inherit', process.stderr, 'inherit'], env, shell });
    const pass = (signal: NodeJS.Signals) => {
      // In a terminal Ctrl-C reaches the child by itself.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    const end = () => {
      for (const signal of SIGNALS) process.off(signal, pass);
    };
    child.on('error', (error) => {
      end();
      reject(error);
    });
    child.on('close', (code, signal) => {
      end();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** What a run showed. */
export function findingsOf({ exitCode, processes }: Run): Finding[] {
  if (processes.length === 0) {
    const text = `no process of the command served HTTP or ran a unit of work (exit code ${exitCode}): nothing was measured`;
    return [{ check: 'command', level: 'problem', text, facts: { exitCode, processes: 0 } }];
  }
  return processes.flatMap((one) => [hooked(one), ...one.meters.map((meter) => recorded(one, meter))]);
}

function hooked({ pid, program, instrumented, found, early, unsupported, requests }: Diagnosis): Finding {
  const hasRequests = requests.ended > 0;
  const nothing = found.length > 0 ? 'no route of a framework' : 'no framework, routes are guessed';
  const parts = [
    hasRequests || found.length > 0
      ? `process ${pid}: named routes of ${instrumented.join(', ') || nothing}`
      : `process ${pid}: no requests; units of work of ${instrumented.join(', ') || 'meter.work'}`,
  ];
  if (found.length > 0) parts.push(`found without a named route: ${found.join(', ')}`);
  if (early.length > 0) parts.push(`loaded before the preload: ${early.join(', ')}`);
  if (unsupported.length > 0) parts.push(`unsupported: ${unsupported.join(', ')}`);
  if (requests.guessed > 0) parts.push(`${requests.guessed} of ${requests.ended} requests ${REMEDY}`);
  const isWhole = early.length + unsupported.length + found.length + requests.guessed === 0;
  const level = isWhole && (instrumented.length > 0 || !hasRequests) ? 'ok' : 'note';
  const facts = { pid, program, instrumented, found, early, unsupported, requests };
  return { check: 'command', level, text: parts.join('; '), facts };
}

function recorded({ pid }: Diagnosis, meter: Diagnosis['meters'][number]): Finding {
  const { series, customMetrics, samples, dropped, folded, cpu } = meter;
  const lost = Object.entries(dropped).map(([cause, count]) => `${count} ${cause}`);
  const parts = [
    `process ${pid}: ${samples} samples in ${series} series, ${customMetrics} custom metrics as Datadog counts them`,
  ];
  if (lost.length > 0) parts.push(`dropped: ${lost.join(', ')}`);
  if (folded > 0) parts.push(`${folded} samples folded at the cap`);
  if (cpu.share < 1 && cpu.mode !== 'off') parts.push(`CPU per request: ${cpu.mode} (${cpu.why})`);
  const urls = meter.outputs.map(({ url }) => url);
  const facts = { pid, series, customMetrics, samples, dropped, folded, cpu, urls };
  const isClean = lost.length === 0 && folded === 0;
  return { check: 'command', level: isClean ? 'ok' : 'problem', text: parts.join('; '), facts };
}
