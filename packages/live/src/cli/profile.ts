import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FunctionRow, Hold, ProfiledUnit } from 'routemeter/profile';
import { LiveError } from '../errors.ts';
import type { ProfileEntry } from '../profiles/profiles.ts';
import { printable } from '../terminal/columns.ts';
import { functionsTable, holdLines, slowLines, unitsTable } from '../terminal/profile.ts';
import { parse } from './parse.ts';
import { whole } from './values.ts';

interface Flags {
  url: string;
  token?: string;
  seconds: number;
  route?: string;
  block?: string;
  pace?: 'slow' | 'usual';
  out?: string;
  pid?: number;
  host?: string;
  program?: string;
  force?: boolean;
}

interface Flame {
  cpu: number;
  stalled: number;
  samples: number;
  functions: FunctionRow[];
  holds: Hold[];
}

const ABOUT = `
Profiles the application that a running routemeter-live has started, and those that take orders of it by
token, and tells which functions used each route's CPU. The start of a profile holds the event loop for about
1 ms for each MB of heap.

Examples:
  routemeter-live profile
  routemeter-live profile --seconds 30 --route 'POST /reports'
  routemeter-live profile --route /reports --out reports.cpuprofile
  routemeter-live profile --route /reports --pace slow
  routemeter-live profile --url https://metrics.example.com --program server.js --host web-3
`;

const POLL_MS = 250;
const LINES = 20;

/** `routemeter-live profile`: resolves with the exit code when the profile was shown, or written. */
export async function profile(argv: readonly string[], print: (text: string) => void): Promise<number> {
  const flags = read(argv);
  const server = new Server(flags.url, flags.token);
  const { seconds, force, pid, host, program } = flags;
  const started = await server.ask<ProfileEntry>('profiles', { seconds, force, pid, host, program });
  print(`routemeter-live profile  ${seconds} s\n`);
  const entry = await finished(server, started.id);
  for (const { pid: process, thread, host: on, error } of entry.threads) {
    if (error === null) continue;
    const which = `process ${process}${thread > 0 ? `, thread ${thread}` : ''}${on === '' ? '' : `, on ${on}`}`;
    print(`${printable(which)}: ${printable(error.message)}\n`);
  }
  if (entry.units === undefined) return 1;
  const wanted = new URLSearchParams(flags.route === undefined ? {} : routeOf(flags.route));
  if (flags.block !== undefined) wanted.set('block', flags.block);
  if (flags.pace !== undefined) wanted.set('pace', flags.pace);
  if (flags.out !== undefined) {
    const kind = flags.out.endsWith('.txt') || flags.out.endsWith('.folded') ? 'folded' : 'cpuprofile';
    const bytes = await server.bytes(`profiles/${entry.id}/${kind}?${wanted}`);
    write(flags.out, bytes);
    print(`written to ${flags.out}\n`);
  }
  if (wanted.size === 0)
    print(
      `\n${unitsTable(entry.units)
        .slice(0, LINES + 1)
        .join('\n')}\n`,
    );
  if (flags.pace !== undefined) print(`\n${slowLines(entry.units, wanted).slice(0, LINES).join('\n')}\n`);
  const flame = await server.get<Flame>(`profiles/${entry.id}/flame?${wanted}`);
  print(
    `\n${functionsTable(flame.functions, flame.cpu + flame.stalled)
      .slice(0, LINES + 1)
      .join('\n')}\n`,
  );
  const holds = holdLines(flame.holds);
  if (holds.length > 0) print(`\n${holds.slice(0, LINES).join('\n')}\n`);
  return 0;
}

type Finished = ProfileEntry & { units?: ProfiledUnit[] };

async function finished(server: Server, id: string): Promise<Finished> {
  for (;;) {
    const entry = await server.get<Finished>(`profiles/${id}`);
    if (entry.state !== 'running') return entry;
    await wait(POLL_MS);
  }
}

/** `POST /reports`, or a template for whatever method. */
function routeOf(text: string): Record<string, string> {
  const [, method, route] = /^([A-Z-]+) +(\S.*)$/.exec(text) ?? [];
  return route === undefined ? { route: text } : { method: method!, route };
}

class Server {
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, token: string | undefined) {
    this.#base = url.replace(/\/+$/, '');
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse((await this.bytes(path)).toString()) as T;
  }

  async ask<T>(path: string, body: object): Promise<T> {
    return JSON.parse(
      (await this.#fetch(path, { method: 'POST', body: JSON.stringify(body) })).toString(),
    ) as T;
  }

  bytes(path: string): Promise<Buffer> {
    return this.#fetch(path, {});
  }

  async #fetch(path: string, init: RequestInit): Promise<Buffer> {
    const url = `${this.#base}/api/${path}`;
    const response = await fetch(url, { ...init, headers: this.#headers }).catch((error: Error) => {
      const { cause } = error as { cause?: { code?: string } };
      throw new LiveError(
        'NO_ANSWER',
        `profile: ${this.#base} gives no answer (${cause?.code ?? error.message})`,
      );
    });
    const body = Buffer.from(await response.arrayBuffer());
    if (response.ok) return body;
    throw new LiveError(
      'NO_ANSWER',
      `profile: ${printable(messageOf(body) ?? `it answered ${response.status}`)}`,
    );
  }
}

function messageOf(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString()) as { error?: { message?: string } }).error?.message;
  } catch {
    return undefined;
  }
}

function write(file: string, bytes: Buffer): void {
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    throw new LiveError(
      'BAD_OPTION',
      `profile: --out ${file} cannot be written (${(error as Error).message})`,
    );
  }
}

function read(argv: readonly string[]): Flags {
  const program = new Command('routemeter-live profile')
    .option('--url <url>', 'of a running live server', 'http://127.0.0.1:8127')
    .addOption(new Option('--token <token>', 'that it asks for').env('ROUTEMETER_LIVE_TOKEN'))
    .option('--seconds <number>', 'how long, from 0.1 to 30', seconds, 10)
    .option('--route <route>', "only its code, such as 'POST /reports'")
    .option('--block <name>', 'only what ran in this block')
    .addOption(
      new Option(
        '--pace <pace>',
        'only the slowest 5 % of the requests to each route, or only the others',
      ).choices(['slow', 'usual']),
    )
    .option('--out <file>', 'write it there: a .cpuprofile, or folded stacks for .txt and .folded')
    .option('--pid <number>', 'only threads of this process', whole)
    .option('--host <name>', 'only threads on this host')
    .option('--program <name>', 'only threads of this program, by its path or the last part of it')
    .option('--force', 'go ahead where the start holds the loop for long')
    .addHelpText('after', ABOUT);
  parse(program, 'profile', argv);
  const flags = program.opts<Flags>();
  if (!/^https?:$/.test(URL.canParse(flags.url) ? new URL(flags.url).protocol : ''))
    throw new LiveError(
      'BAD_OPTION',
      `profile: --url ${flags.url} is not an address such as http://127.0.0.1:8127`,
    );
  return flags;
}

function seconds(value: string): number {
  const given = Number(value);
  if (given >= 0.1 && given <= 30) return given;
  throw new InvalidArgumentError('Give seconds from 0.1 to 30.');
}
