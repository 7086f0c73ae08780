import { setTimeout as sleep } from 'node:timers/promises';
import { size } from '../../../testkit/src/reliability/scenario.ts';
import type { Kind } from '../sinks/counting-server.ts';
import { PEER, type Setting, type Stage } from './fault-stage.ts';

/** One fault on the way to the agent, or of the process itself. */
export interface Fault {
  on: readonly Kind[];
  /** Causes that it may have in the books. */
  causes: readonly string[];
  set?: Partial<Setting> | ((kind: Kind | null) => Partial<Setting>);
  /** Transports over which samples that were handed over can be gone without a word. */
  silent?: readonly Kind[];
  /** What is done, until the fault has ended; then sending must resume. */
  run(stage: Stage): Promise<void>;
}

const ALL: readonly Kind[] = ['udp', 'tcp', 'unixstream', 'unix'];
const STREAMS: readonly Kind[] = ['tcp', 'unixstream'];
const NAMED: Fault = {
  on: ['udp', 'tcp'],
  causes: ['queue_full', 'send_failed'],
  set: { host: 'agent.invalid', options: { maxPayload: 256 } },
  async run() {},
};
/** More than queues and the kernel's buffers hold together, where the payloads are small. */
const FLOOD = 150_000;

/** By the name of their scenario. */
export const FAULTS: Record<string, Fault> = {
  absent: {
    on: ALL,
    causes: ['refused', 'queue_full'],
    set: { options: { maxPayload: 256 } },
    async run(stage) {
      await stage.down();
      await stage.traffic(size(5, 40), 6_000);
      await stage.up();
    },
  },
  refusing: {
    on: ['tcp', 'unixstream', 'unix'],
    causes: ['queue_full', 'send_failed'],
    async run(stage) {
      await stage.traffic(1);
      await stage.down({ leaves: false });
      if (stage.set.kind === 'tcp') await stage.up('resets');
      await stage.traffic();
      await stage.down();
      await stage.up();
    },
  },
  'black-hole': {
    on: ['udp', 'tcp'],
    causes: ['queue_full'],
    set: (kind) =>
      kind === 'udp' ? { isApart: true, host: PEER, agentHost: '0.0.0.0' } : { options: { maxPayload: 256 } },
    silent: ['udp'],
    async run(stage) {
      await stage.down();
      if (stage.set.kind === 'tcp') await stage.up('deaf');
      await stage.traffic(size(5, 40), 6_000);
      if (stage.set.kind === 'tcp') {
        await stage.down();
        await stage.up();
      } else {
        await stage.up();
        // From now on the peer is here.
        stage.ip(`neigh del ${PEER} dev near`);
        stage.ip(`addr add ${PEER}/32 dev lo`);
      }
    },
  },
  unread: {
    on: STREAMS,
    causes: ['queue_full', 'send_failed'],
    set: { options: { maxPayload: 1432 } },
    async run(stage) {
      await stage.down();
      await stage.up('never');
      for (let i = 0; i < size(6, 12); i++) await stage.traffic(1, FLOOD);
      await stage.down();
      await stage.up();
    },
  },
  'slow-reader': {
    on: STREAMS,
    causes: ['queue_full', 'send_failed'],
    set: { options: { maxPayload: 1432 } },
    async run(stage) {
      await stage.down();
      await stage.up('slowly');
      for (let i = 0; i < size(6, 12); i++) await stage.traffic(1, FLOOD);
      await stage.hurry();
    },
  },
  restarting: {
    on: ALL,
    causes: ['refused', 'queue_full', 'send_failed'],
    async run(stage) {
      for (let i = 0; i < size(2, 10); i++) {
        await stage.traffic(2);
        await stage.down();
        await stage.traffic(2);
        await stage.up();
        if (i < size(1, 9)) await stage.recovery();
      }
    },
  },
  frozen: {
    on: ALL,
    causes: ['queue_full'],
    set: { options: { maxPayload: 1432 } },
    silent: ['udp'],
    async run(stage) {
      await stage.traffic(1);
      stage.signal('agent', 'SIGSTOP');
      for (let i = 0; i < size(4, 12); i++) await stage.traffic(1, FLOOD);
      stage.signal('agent', 'SIGCONT');
    },
  },
  'host-frozen': {
    on: ALL,
    causes: [],
    async run(stage) {
      for (let i = 0; i < size(2, 5); i++) {
        await stage.traffic(1);
        stage.signal('app', 'SIGSTOP');
        await sleep(size(200, 3_000));
        stage.signal('app', 'SIGCONT');
      }
    },
  },
  'buffer-full': {
    on: ['udp'],
    causes: ['queue_full'],
    set: { isApart: true },
    // What the network held when it was freed, it dropped.
    silent: ['udp'],
    async run(stage) {
      stage.ip('qdisc add dev lo root tbf rate 64kbit burst 4000 limit 16mb', 'tc');
      await stage.traffic(size(5, 20), FLOOD);
      stage.ip('qdisc del dev lo root', 'tc');
    },
  },
  unreachable: {
    on: ['udp', 'tcp'],
    causes: ['send_failed', 'queue_full'],
    set: { isApart: true, host: '10.213.9.1', agentHost: '10.213.9.1', options: { maxPayload: 256 } },
    async run(stage) {
      await stage.traffic(1);
      stage.ip('addr del 10.213.9.1/24 dev near');
      stage.ip('route add unreachable 10.213.9.0/24');
      await stage.traffic();
      stage.ip('route del unreachable 10.213.9.0/24');
      stage.ip('addr add 10.213.9.1/24 dev near');
    },
  },
  'too-long': {
    on: ['udp'],
    causes: ['too_long'],
    set: { options: { maxPayload: 65_507 } },
    run: (stage) => refusing(stage, 'EMSGSIZE'),
  },
  'no-buffers': {
    on: ['udp'],
    causes: ['send_failed'],
    run: (stage) => refusing(stage, 'ENOBUFS'),
  },
  'name-not-found': { ...NAMED, run: (stage) => unnamed(stage, 'fails') },
  'name-not-answered': { ...NAMED, run: (stage) => unnamed(stage, 'is silent') },
  'name-look-up-throws': { ...NAMED, run: (stage) => unnamed(stage, 'throws') },
  'name-moves': {
    ...NAMED,
    causes: ['refused', 'queue_full', 'send_failed'],
    async run(stage) {
      await stage.tell({ do: 'lookup', how: '127.0.0.1' });
      await stage.recovery();
      await stage.traffic(1);
      await stage.down();
      await stage.traffic(2);
      await stage.up('all', '127.0.0.3');
      await stage.tell({ do: 'lookup', how: '127.0.0.3' });
    },
  },
  recreated: {
    on: ['unixstream', 'unix'],
    causes: ['queue_full', 'send_failed'],
    async run(stage) {
      for (let i = 0; i < size(2, 10); i++) {
        await stage.traffic(1);
        await stage.replace();
      }
    },
  },
  'no-descriptors': {
    on: ALL,
    causes: ['send_failed', 'queue_full'],
    set: { descriptors: 256 },
    async run(stage) {
      const taken = await stage.tell({ do: 'starve' });
      if (typeof taken !== 'number' || taken < 100) throw new Error(`only ${taken} descriptors taken`);
      await stage.traffic();
      await stage.tell({ do: 'feed' });
    },
  },
  'clock-jumps': {
    on: ALL,
    causes: [],
    async run(stage) {
      for (const by of [86_400_000, -86_400_000, 365 * 86_400_000, 0]) {
        await stage.tell({ do: 'date', by });
        await stage.traffic(1);
      }
    },
  },
  'loop-blocked': {
    on: ALL,
    causes: ['queue_full'],
    async run(stage) {
      await stage.traffic(1);
      await stage.tell({ do: 'block', ms: size(500, 10_000) });
      await stage.traffic(1);
    },
  },
  'memory-tight': {
    on: ALL,
    causes: ['refused', 'queue_full'],
    set: { node: ['--max-old-space-size=24', '--max-semi-space-size=1'] },
    async run(stage) {
      await stage.down();
      await stage.traffic(size(3, 20), FLOOD);
      await stage.up();
    },
  },
};

async function refusing(stage: Stage, code: string): Promise<void> {
  await stage.tell({ do: 'refuse', code });
  await stage.traffic();
  await stage.tell({ do: 'refuse', code: null });
}

async function unnamed(stage: Stage, how: string): Promise<void> {
  await stage.tell({ do: 'lookup', how });
  await stage.traffic();
  await stage.tell({ do: 'lookup', how: '127.0.0.1' });
}
