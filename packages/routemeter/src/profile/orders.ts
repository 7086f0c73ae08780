import { connect, type Socket } from 'node:net';
import { threadId } from 'node:worker_threads';
import { outside } from '../attribution/index.ts';
import { textOf } from '../errors/index.ts';
import type { ProfileOptions } from './contract.ts';
import type { RouteProfile } from './route-profile.ts';
import { expectedStall } from './stall.ts';
import type { Started } from './take.ts';

/** Where `routemeter-live` takes this process's word, as `TOKEN@PATH` of a local socket; set by it alone. */
export const ORDERS = 'ROUTEMETER_LIVE_ORDERS';
/** No order is longer. */
const LONGEST = 4096;

/** What the live server asks for, a line of JSON. */
interface Order {
  id: number;
  /** Ends the profile with that id early, and asks for nothing. */
  stop?: true;
  /** Asks how long the start of a profile would hold the loop. */
  weigh?: true;
  profile?: Pick<ProfileOptions, 'seconds' | 'interval' | 'force' | 'maxStall'>;
}

type Take = (options: ProfileOptions, started: Started) => Promise<RouteProfile>;

/**
 * Takes orders of the live server that runs this process, and of nobody else: this thread connects to the
 * socket it was told of, in a folder that only its user can enter, and shows the token of the run. Nothing
 * listens here. The connection never keeps the process alive; when it ends, that is the end of orders.
 * Never throws.
 */
export function takeOrders(address: string, take: Take): void {
  const cut = address.indexOf('@');
  if (cut < 1) return;
  try {
    outside(() => new Orders(address.slice(0, cut), address.slice(cut + 1), take));
  } catch {
    // Without a socket there are no orders.
  }
}

class Orders {
  private readonly socket: Socket;
  private readonly take: Take;
  private readonly running = new Map<number, AbortController>();
  private text = '';

  constructor(token: string, path: string, take: Take) {
    this.take = take;
    this.socket = connect(path);
    this.socket.unref();
    this.socket.setEncoding('utf8');
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('data', (text: string) => this.read(text));
    this.socket.on('close', () => this.stopAll());
    const program = process.argv[1] ?? '';
    const { pid, versions } = process;
    this.say({ hello: 1, token, pid, thread: threadId, program, node: versions.node, expected: weighed() });
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
    if (!this.socket.destroyed) this.socket.write(`${JSON.stringify(what)}\n`);
  }

  private stopAll(): void {
    for (const stop of this.running.values()) stop.abort();
  }
}

function weighed(): number {
  return expectedStall(process.memoryUsage().heapUsed);
}
