import { type VirtualClock, virtualClock } from '../../../../testkit/src/clock.ts';
import { LoopEngine } from '../../../src/attribution/loop-engine.ts';
import { type Culprit, type DelayPart, type DelaySink, Work } from '../../../src/attribution/work.ts';

/** Who kept a unit waiting, in ms: `queued burn`, `delayed outside`. */
export type Told = Record<string, number>;

/** A unit of work of the virtual loop, by name. */
export class Unit extends Work implements DelaySink {
  readonly name: string;
  readonly told: Told = {};

  constructor(name: string) {
    super('request', null);
    this.name = name;
  }

  blame(part: DelayPart, culprit: Culprit, ms: number): void {
    const key = `${part} ${culprit instanceof Unit ? culprit.name : culprit}`;
    this.told[key] = (this.told[key] ?? 0) + ms;
  }
}

/** What happens in one turn, in the order in which a loop does it. */
export interface Turn {
  /** The poll finds nothing at first, and waits so long. */
  rest?: number;
  /** Callbacks of what the poll found. */
  poll?: (() => void)[];
  /** Timers that are due after it. */
  timers?: (() => void)[];
}

/** An engine whose loop, time and beats are the test's. */
export class VirtualLoop {
  readonly time: VirtualClock = virtualClock();
  readonly engine: LoopEngine;
  readonly follow: () => void;
  /** Callbacks of turns and beats that are kept; none where nothing is followed. */
  stamps: (() => void)[] = [];
  kept = 0;
  random = () => 0;
  private polls = 0;
  private beatAt = 0;
  private beats: { act: () => void; ms: number }[] = [];

  constructor() {
    this.engine = new LoopEngine({
      ...this.time,
      turns: () => ({
        count: () => this.polls,
        everyTurn: (act) => this.add(this.stamps, act),
        every: (ms, act) => {
          this.beatAt = this.now + ms;
          return this.add(this.beats, { act, ms });
        },
      }),
      runDelay: () => () => this.kept,
      random: () => this.random(),
    });
    this.follow = this.engine.followDelays();
  }

  get now(): number {
    return this.time.clock();
  }

  /** One turn; the beat that is due comes before the other timers. */
  turn({ rest = 0, poll = [], timers = [] }: Turn): void {
    this.polls++;
    if (rest > 0) this.time.rest(rest);
    for (const act of poll) act();
    for (const act of [...this.stamps]) act();
    if (this.beats.length > 0 && this.now >= this.beatAt) {
      this.beatAt = this.now + this.beats[0]!.ms;
      for (const { act } of this.beats) act();
    }
    for (const act of timers) act();
  }

  /** Opens a unit that came from a socket, and runs its first code. */
  open(name: string, code: () => void = () => {}): Unit {
    const unit = new Unit(name);
    this.engine.open(unit, true);
    this.engine.queued(unit);
    this.run(unit, code);
    return unit;
  }

  /** Its code goes on. */
  run(unit: Unit, code: () => void = () => {}): void {
    this.engine.run(unit, code, undefined, undefined, undefined, undefined);
  }

  close(unit: Unit): void {
    this.engine.close(unit);
    unit.lag!.sink = unit;
  }

  burn = (ms: number) => this.time.burn(ms);

  private add<T>(list: T[], one: T): () => void {
    list.push(one);
    return () => void list.splice(list.indexOf(one), 1);
  }
}
