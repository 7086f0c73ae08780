import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';
import { shared } from '../attribution/index.ts';
import { textOf } from '../errors/index.ts';
import { whenLonely } from '../platform/index.ts';
import type { ProfileOptions } from './contract.ts';
import type { RouteProfile } from './route-profile.ts';
import { expectedStall } from './stall.ts';
import type { Started } from './take.ts';

/** No order is longer. */
const LONGEST = 4096;

/** What a live server asks for, a line of JSON. */
interface Order {
  id: number;
  /** Ends the profile with that id early, and asks for nothing. */
  stop?: true;
  /** Asks how long the start of a profile would hold the loop. */
  weigh?: true;
  profile?: Pick<ProfileOptions, 'seconds' | 'interval' | 'force' | 'maxStall'>;
}

export type Take = (options: ProfileOptions, started: Started) => Promise<RouteProfile>;

/** Follows the orders that come over one connection, for as long as it lasts. It never keeps the process alive. */
export class Orders {
  private readonly socket: Socket;
  private readonly take: Take;
  private readonly running = new Map<number, AbortController>();
  private text = '';
  /** Ends the watch over a peer that does not read what it asked for. */
  private watched: (() => void) | null = null;

  /** @param token what shows the server that this application may be asked. */
  constructor(socket: Socket, token: string, take: Take) {
    this.socket = socket;
    this.take = take;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.read(text));
    socket.on('drain', () => this.unwatch());
    socket.on('close', () => this.end());
    const program = process.argv[1] ?? '';
    const { pid, versions } = process;
    const own = { pid, thread: threadId, host: hostname(), program, node: versions.node };
    // A thread that comes by two ways, or again before its end was noticed, is one; two containers can have one pid.
    const instance = shared('ordered', () => ({ id: randomUUID() })).id;
    this.say({ hello: 1, token, instance, ...own, expected: weighed() });
  }

  private read(text: string): void {
    const lines = `${this.text}${text}`.split('\n');
    this.text = lines.pop()!;
    if (this.text.length > LONGEST) this.socket.destroy();
    for (const line of lines) {
      try {
        this.follow(JSON.parse(line) as Order);
      } catch {
        // Of another version: what is not understood is left.
      }
    }
  }

  private follow({ id, stop, weigh, profile }: Order): void {
    if (weigh === true) this.say({ expected: weighed() });
    else if (stop === true) this.running.get(id)?.abort();
    else if (profile !== undefined && !this.running.has(id)) void this.run(id, profile);
  }

  private async run(id: number, options: ProfileOptions): Promise<void> {
    const stop = new AbortController();
    this.running.set(id, stop);
    try {
      const taken = await this.take({ ...options, signal: stop.signal }, (held) => {
        this.say({ id, started: { held, at: Date.now() } });
      });
      this.say({ id, data: taken.data });
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      this.say({ id, error: { code: textOf(code ?? 'RM_INTERNAL'), message: textOf(message ?? error) } });
    } finally {
      this.running.delete(id);
    }
  }

  private say(what: object): void {
    if (this.socket.destroyed) return;
    if (!this.socket.write(`${JSON.stringify(what)}\n`)) {
      this.watched ??= whenLonely(() => this.socket.destroy());
    }
  }

  private unwatch(): void {
    this.watched?.();
    this.watched = null;
  }

  private end(): void {
    this.unwatch();
    for (const stop of this.running.values()) stop.abort();
  }
}

function weighed(): number {
  return expectedStall(process.memoryUsage().heapUsed);
}
