import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { type Sample, samplesOf } from './samples.ts';

/** A StatsD server on a free UDP port that keeps what it gets. */
export class Collector {
  readonly lines: string[] = [];
  private readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', (payload) => {
      for (const line of payload.toString().split('\n')) if (line !== '') this.lines.push(line);
    });
  }

  static async open(): Promise<Collector> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Collector(socket);
  }

  get url(): string {
    return `udp://127.0.0.1:${this.socket.address().port}`;
  }

  /** One entry per request, sorted; waits until `count` came, then a moment for any too many. */
  async requests(count: number, ms = 60_000): Promise<Array<Record<string, string>>> {
    const until = Date.now() + ms;
    while (total(samplesOf(this.lines)) < count && Date.now() < until) await sleep(10);
    await sleep(50);
    const each = samplesOf(this.lines).flatMap(({ tags, count: times }) =>
      Array.from({ length: times }, () => tags),
    );
    return sortTags(each);
  }

  /** Resolves when what has been sent so far was read: what the system holds comes with the next turns of the loop. */
  async readAll(): Promise<void> {
    for (let before = -1; before !== this.lines.length; ) {
      before = this.lines.length;
      for (let turn = 0; turn < 10; turn++) await immediate();
    }
  }

  close(): void {
    this.socket.close();
  }
}

function total(samples: readonly Sample[]): number {
  return samples.reduce((sum, { count }) => sum + count, 0);
}

/** In an order that does not depend on when each request ended. */
export function sortTags(list: ReadonlyArray<Record<string, string>>): Array<Record<string, string>> {
  const keyed = list.map((tags) => [JSON.stringify(Object.entries(tags).sort()), tags] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, tags]) => tags);
}
