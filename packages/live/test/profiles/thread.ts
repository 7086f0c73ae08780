import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { ProfileData } from 'routemeter/profile';

/** What a thread tells of ten milliseconds in a route. */
export const DATA: ProfileData = {
  version: 1,
  startedAt: 0,
  wall: 20,
  interval: 1,
  pid: 1,
  thread: 0,
  program: '/app/server.js',
  node: '24.0.0',
  ended: 'time',
  held: { expected: 50, start: 12, end: 1 },
  idle: 8,
  owners: [
    { kind: 'outside', name: '', method: '', blocks: [], cpu: 2, stalled: 0 },
    { kind: 'http', name: '/report', method: 'POST', blocks: [], cpu: 6, stalled: 4 },
    { kind: 'http', name: '/report', method: 'POST', blocks: ['sum'], cpu: 3, stalled: 0 },
  ],
  frames: [
    { name: 'report', file: '/app/report.js', line: 41, column: 1, origin: 'app' },
    { name: 'spawnSync', file: 'node:child_process', line: 8, column: 0, origin: 'node' },
    { name: 'sum', file: '/app/sum.js', line: 3, column: 1, origin: 'app' },
    { name: 'listOnTimeout', file: 'node:internal/timers', line: 5, column: 0, origin: 'node' },
  ],
  stacks: { parent: [-1, 0, 1, 1, 0], frame: [-1, 0, 1, 2, 3] },
  samples: {
    at: [500, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000],
    stack: [4, 1, 1, 1, 1, 2, 2, 3, 3, 3],
    owner: [0, 1, 1, 1, 1, 1, 1, 2, 2, 2],
  },
  shares: { sample: [5, 6], share: [1, 1] },
  stalls: [{ owner: 1, at: 8, stalled: 4, stack: 2 }],
};

/** The same, of which those requests that call `spawnSync` are slow. */
export const PACED: ProfileData = {
  ...DATA,
  owners: [
    DATA.owners[0]!,
    { ...DATA.owners[1]!, stalled: 0 },
    DATA.owners[2]!,
    { ...DATA.owners[1]!, cpu: 0, slow: true },
  ],
  paces: [{ kind: 'http', name: '/report', method: 'POST', from: 120, units: 20, slow: 1 }],
  samples: { ...DATA.samples, owner: [0, 1, 1, 1, 1, 3, 3, 2, 2, 2] },
  stalls: [{ owner: 3, at: 8, stalled: 4, stack: 2 }],
};

interface Order {
  id: number;
  profile?: { seconds: number };
  stop?: true;
  weigh?: true;
}

/** A thread that takes orders, as the library does it, and answers what a test says. */
export async function thread(address: string, pid = 77, more: { host?: string; program?: string } = {}) {
  const cut = address.indexOf('@');
  const socket = connect(address.slice(cut + 1));
  await once(socket, 'connect');
  const orders: Order[] = [];
  const heard: (() => void)[] = [];
  createInterface(socket).on('line', (line) => {
    const order = JSON.parse(line) as Order;
    if (order.weigh === true) return;
    orders.push(order);
    for (const act of heard.splice(0)) act();
  });
  const say = (what: object) => socket.write(`${JSON.stringify(what)}\n`);
  say({
    hello: 1,
    token: address.slice(0, cut),
    pid,
    thread: 0,
    program: '/app/server.js',
    node: '24.0.0',
    expected: 50,
    ...more,
  });
  return {
    socket,
    orders,
    say,
    /** Resolves with the next order. */
    async next(): Promise<Order> {
      while (orders.length === 0) await new Promise<void>((resolve) => heard.push(resolve));
      return orders.shift()!;
    },
  };
}
