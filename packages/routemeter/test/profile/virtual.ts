import { virtualClock } from '../../../testkit/src/clock.ts';
import { LoopEngine } from '../../src/attribution/loop-engine.ts';
import { Work } from '../../src/attribution/work.ts';
import type { ProfileData, UnitName } from '../../src/profile/contract.ts';
import { join } from '../../src/profile/join.ts';
import { Log, type LogOptions } from '../../src/profile/log.ts';
import { SourceMaps } from '../../src/profile/maps.ts';
import type { RawNode, RawProfile } from '../../src/profile/raw.ts';
import { openProfile } from '../../src/profile/route-profile.ts';

/** A work with a name, as a test gives it. */
export class Named extends Work {
  readonly name: string;

  constructor(name: string, parent: Work | null = null) {
    super(parent === null ? 'request' : 'block', parent);
    this.name = name;
  }
}

export const NAMING = {
  nameOf: (work: Work): UnitName => ({ kind: 'http', name: (work as Named).name, method: 'GET' }),
  blockOf: (work: Work) => (work.kind === 'block' ? (work as Named).name : null),
};

/** Samples are stamped by another clock, which reads this much more, in ms. */
const OFFSET = 5_000;

/** `name@file:line`; without a file it is one of the engine's. */
type Stack = readonly string[];

/** The engine on a virtual clock, and a sampler that takes one sample for each `every` ms that go by. */
export class VirtualProfile {
  readonly clock = virtualClock();
  readonly engine = new LoopEngine(this.clock);
  readonly log: Log;
  private readonly nodes: RawNode[] = [node(1, '(root)')];
  private readonly ids = new Map<string, number>();
  private readonly samples: Array<{ id: number; at: number }> = [];
  private readonly every: number;
  private next: number;
  private from = 0;

  constructor(every = 1, options: Partial<LogOptions> = {}) {
    this.every = every;
    this.log = new Log({ ...NAMING, ...options });
    this.next = every / 2;
  }

  start(): void {
    this.from = this.engine.follow(this.log, null)!;
    this.log.begin(this.from);
  }

  /** Code computes, waits, or the loop has nothing to do; meanwhile samples see `stack`. */
  pass(how: 'burn' | 'stall' | 'rest', ms: number, stack: Stack = ['(idle)']): void {
    const id = this.idOf(stack);
    this.clock[how](ms);
    const now = this.clock.clock();
    for (; this.next <= now; this.next += this.every) this.samples.push({ id, at: this.next });
  }

  /** Runs `fn` as a work of its own, from its begin to its end. */
  run(work: Named, fn: () => void): void {
    this.engine.open(work, true);
    this.engine.run(work, fn, undefined, undefined, undefined, undefined);
    this.engine.close(work, true);
  }

  raw(): RawProfile {
    let last = 0;
    const timeDeltas = this.samples.map(({ at }) => {
      const delta = Math.round(at * 1e3) - last;
      last += delta;
      return delta;
    });
    return {
      nodes: this.nodes,
      samples: this.samples.map(({ id }) => id),
      timeDeltas,
      startTime: OFFSET * 1e3,
      endTime: (OFFSET + this.clock.clock()) * 1e3,
    };
  }

  async stop(raw = this.raw()) {
    this.engine.follow(null, this.log);
    this.log.finish();
    const joined = await join(raw, this.log, {
      from: this.from + OFFSET,
      interval: this.every,
      maps: new SourceMaps(),
    });
    const data: ProfileData = {
      version: 1,
      startedAt: 0,
      wall: this.log.until,
      interval: this.every,
      pid: 1,
      thread: 0,
      program: '',
      node: '',
      ended: 'time',
      held: { expected: 0, start: 0, end: 0 },
      paces: this.log.paces,
      ...joined,
    };
    return { data, profile: openProfile([data]) };
  }

  private idOf(stack: Stack): number {
    let parent = this.nodes[0]!;
    let key = '';
    for (const frame of stack) {
      key += `;${frame}`;
      let id = this.ids.get(key);
      if (id === undefined) {
        id = this.nodes.push(node(this.nodes.length + 1, frame));
        this.ids.set(key, id);
        parent.children ??= [];
        parent.children.push(id);
      }
      parent = this.nodes[id - 1]!;
    }
    return parent.id;
  }
}

function node(id: number, frame: string): RawNode {
  const [, functionName = frame, url = '', line = '0'] = /^(.*?)@(.*?)(?::(\d+))?$/.exec(frame) ?? [];
  const isNative = url === '' || url === 'native';
  return {
    id,
    callFrame: {
      functionName,
      scriptId: isNative ? '0' : '7',
      url: isNative ? '' : url,
      lineNumber: isNative ? -1 : Number(line) - 1,
      columnNumber: isNative ? -1 : 0,
    },
  };
}
