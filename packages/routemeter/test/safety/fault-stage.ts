import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from '../../../testkit/src/bundle.ts';
import { RawClient } from '../../../testkit/src/reliability/raw-client.ts';
import { type Books, size } from '../../../testkit/src/reliability/scenario.ts';
import type { Kind, Reading } from '../sinks/counting-server.ts';

/** What the application is told. */
export type Command =
  | { do: 'record'; count: number }
  | { do: 'block'; ms: number }
  | { do: 'starve' | 'feed' | 'books' | 'close' }
  | { do: 'lookup'; how: 'fails' | 'is silent' | 'throws' | (string & {}) }
  | { do: 'refuse'; code: string | null }
  | { do: 'date'; by: number };
export interface Answer {
  value: unknown;
}
export type MeasuredBooks = Books & { memory: number };

const APP = await bundle(new URL('./scripts/faulted.ts', import.meta.url), 'safety-faulted');
const AGENT = await bundle(new URL('./scripts/agent.ts', import.meta.url), 'safety-agent');
const folder = mkdtempSync(join(tmpdir(), 'routemeter-faults-'));
let places = 0;
/** The other side of the network of its own: a peer that is there, and swallows what it gets. */
export const PEER = '10.213.9.2';

/** How an application and its agent are started. */
export interface Setting {
  /** How it sends; null for the bare application, which has no agent and no network of its own. */
  kind: Kind | null;
  /** Options of the meter. */
  options?: object;
  /** Options of Node. */
  node?: readonly string[];
  /** The host in the URL. Default: 127.0.0.1, where the agent listens. */
  host?: string;
  agentHost?: string;
  /** In a network of their own, with rules of its own. Needs root and iproute2. */
  isApart?: boolean;
  /** Descriptors that the application may have. */
  descriptors?: number;
}

/** A program that answers each message with one. */
class Program {
  readonly child: ChildProcess;
  stderr = '';

  constructor(command: readonly string[]) {
    const [file, ...args] = command;
    this.child = spawn(file!, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  async answer(message?: Command | string): Promise<unknown> {
    const done = new AbortController();
    const ended = once(this.child, 'exit', { signal: done.signal }).then(([code, signal]) => {
      throw new Error(`the program ended with ${code ?? signal}: ${this.stderr}`);
    });
    try {
      if (message !== undefined) this.child.send(message);
      const [answer] = await Promise.race([once(this.child, 'message', { signal: done.signal }), ended]);
      return (answer as Answer).value;
    } finally {
      done.abort();
      ended.catch(() => {});
    }
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

const REQUESTS = [
  'GET /plain/N HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST /echo/N HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
  'GET /parts/N HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /fail/N HTTP/1.1\r\nHost: x\r\n\r\n',
  'HEAD /plain/N HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /empty/N HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /later/N HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /big/N HTTP/1.1\r\nHost: x\r\n\r\n',
];

/** An application, its agent, and what is done to them. */
export class Stage {
  readonly set: Setting;
  /** Bytes of all answers. */
  readonly answers: string[] = [];
  /** Samples that agents received, those that are gone included. */
  received = 0;
  requests = 0;
  private readonly name: string;
  private app!: Program;
  private client!: RawClient;
  private agent: Program | null = null;
  private at: string;

  private constructor(set: Setting) {
    this.set = set;
    this.name = `rm${process.pid}n${places++}`;
    this.at = set.kind?.startsWith('unix') ? join(folder, `a${places}`) : '0';
  }

  static async open(set: Setting): Promise<Stage> {
    const stage = new Stage(set);
    try {
      if (stage.isApart) stage.layNetwork();
      await stage.up();
      const { kind, host = '127.0.0.1' } = set;
      const url = kind?.startsWith('unix') ? `${kind}://${stage.at}` : `${kind}://${host}:${stage.at}`;
      const socket = join(folder, `${stage.name}.http`);
      const limits =
        set.descriptors === undefined ? [] : ['sh', '-c', `ulimit -n ${set.descriptors}; exec "$0" "$@"`];
      stage.app = new Program([
        ...stage.within(),
        ...limits,
        process.execPath,
        '--no-warnings',
        '--expose-gc',
        ...(set.node ?? []),
        APP,
        socket,
        kind === null ? '' : url,
        JSON.stringify(set.options ?? {}),
        stage.name,
      ]);
      await stage.app.answer();
      stage.client = await RawClient.connect(socket);
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  private get isApart(): boolean {
    return this.set.kind !== null && this.set.isApart === true;
  }

  private within(): string[] {
    return this.isApart ? ['ip', 'netns', 'exec', this.name] : [];
  }

  private layNetwork(): void {
    execFileSync('ip', ['netns', 'add', this.name]);
    this.ip('link set lo up');
    this.ip('link add near type veth peer name far');
    this.ip('addr add 10.213.9.1/24 dev near');
    this.ip('link set near up');
    this.ip('link set far up');
    this.ip(`neigh add ${PEER} lladdr 02:00:00:00:00:02 dev near`);
  }

  /** Changes the network of its own. */
  ip(command: string, tool = 'ip'): void {
    if (this.isApart) execFileSync('ip', ['netns', 'exec', this.name, tool, ...command.split(' ')]);
  }

  /** Each sort of request once, and samples beside them, as often as told. */
  async traffic(times = size(5, 40), samples = 3_000): Promise<void> {
    for (let i = 0; i < times; i++) {
      for (const request of REQUESTS) {
        const text = request.replace('N', String(this.requests++));
        this.answers.push(await this.client.ask(text));
      }
      await this.tell({ do: 'record', count: samples });
    }
  }

  tell(command: Command): Promise<unknown> {
    return this.app.answer(command);
  }

  books(): Promise<MeasuredBooks> {
    return this.tell({ do: 'books' }) as Promise<MeasuredBooks>;
  }

  /** Starts an agent at the same place. */
  async up(reading: Reading = 'all', host = this.set.agentHost ?? '127.0.0.1'): Promise<void> {
    if (this.set.kind === null) return;
    this.agent = new Program([
      ...this.within(),
      process.execPath,
      '--no-warnings',
      AGENT,
      this.set.kind,
      this.at,
      reading,
      host,
      this.name,
    ]);
    const port = await this.agent.answer();
    if (port !== 0) this.at = String(port);
  }

  /** Kills the agent. A Unix socket's file stays unless it `leaves`. */
  async down({ leaves = true } = {}): Promise<void> {
    const agent = this.agent;
    this.agent = null;
    if (agent === null) return;
    const count = (await agent.answer('count')) as number;
    await agent.kill();
    this.received += count;
    if (leaves && this.at.startsWith('/')) rmSync(this.at, { force: true });
  }

  /** Another agent takes the path of a Unix socket, while the first still lives for a moment. */
  async replace(): Promise<void> {
    const first = this.agent;
    if (first === null) return this.traffic(1);
    rmSync(this.at, { force: true });
    await this.up();
    await this.traffic(1);
    const count = (await first.answer('count')) as number;
    await first.kill();
    this.received += count;
  }

  async hurry(): Promise<void> {
    await this.agent?.answer('hurry');
  }

  signal(who: 'app' | 'agent', signal: 'SIGSTOP' | 'SIGCONT'): void {
    (who === 'app' ? this.app : this.agent)?.child.kill(signal);
  }

  async count(): Promise<number> {
    const now = this.agent === null ? 0 : ((await this.agent.answer('count')) as number);
    return this.received + now;
  }

  /** Requests until the agent receives again; how long that took, or null if it did not. */
  async recovery(): Promise<number | null> {
    const began = performance.now();
    if (this.set.kind === null) {
      await this.traffic(1);
      return 0;
    }
    const before = await this.count();
    while (performance.now() - began < size(15_000, 75_000)) {
      await this.tell({ do: 'record', count: 10 });
      await sleep(5);
      if ((await this.count()) > before) {
        const took = performance.now() - began;
        await this.traffic(1);
        return took;
      }
    }
    return null;
  }

  /** Closes the meter and waits for what is under way. */
  async end(): Promise<{ books: MeasuredBooks; received: number; stderr: string }> {
    const books = (await this.tell({ do: 'close' })) as MeasuredBooks;
    let received = await this.count();
    // What was lost never comes: over when for a while nothing more does.
    for (let turn = 0; turn < 100 && received < books.handed; turn++) {
      await sleep(10);
      const now = await this.count();
      if (now > received) turn = 0;
      received = now;
    }
    return { books, received, stderr: this.app.stderr };
  }

  async close(): Promise<void> {
    this.client?.close();
    await this.app?.kill();
    await this.agent?.kill();
    if (this.isApart) execFileSync('ip', ['netns', 'del', this.name]);
    if (this.at.startsWith('/')) rmSync(this.at, { force: true });
  }
}

/** Why there can be no network apart here; null where there can. */
export function whyNotApart(): string | null {
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    const name = `rm${process.pid}try`;
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    return null;
  } catch {
    return 'needs network namespaces (iproute2)';
  }
}
