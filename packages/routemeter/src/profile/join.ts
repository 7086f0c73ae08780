import type { Frame, Owner, ProfileData } from './contract.ts';
import { Files, frameOf, HALTED } from './frames.ts';
import type { Log } from './log.ts';
import type { SourceMaps } from './maps.ts';
import type { RawNode, RawProfile } from './raw.ts';
import { Rests } from './rest.ts';
import { type Cut, further, START, Stacks } from './stacks.ts';
import { strays } from './ticks.ts';
import { type Within, waited } from './waiting.ts';

const TICKS_PER_US = 10;
const TICKS_PER_MS = 1e4;
/** Stalls that a profile keeps, the longest. */
const STALLS = 200;
const LOOK = 512;

type Joined = Pick<ProfileData, 'owners' | 'frames' | 'stacks' | 'samples' | 'shares' | 'stalls' | 'idle'>;

/** What V8 knows of a node, cut to what is shown. */
interface Known {
  stack: number;
  frame: Frame;
  isIdle: boolean;
}

/**
 * Gives each sample its owner: who was charged for the stretch that it lies in.
 *
 * @param from the begin of the log on V8's clock, in ms.
 * @param interval between two samples, in ms.
 */
export async function join(
  raw: RawProfile,
  log: Log,
  { from, interval, maps }: { from: number; interval: number; maps: SourceMaps },
): Promise<Joined> {
  const rests = new Rests();
  const stacks = new Stacks();
  const known = await cut(raw.nodes, stacks, maps, rests);
  const { order, ticks } = timesOf(raw, from);
  const left = strays(raw);
  const at: number[] = [];
  const stack: number[] = [];
  const owner: number[] = [];
  const inStall: Within[][] = log.stalls.map(() => []);
  let idle = 0;
  let entry = 0;
  let stall = 0;
  let last = 0;
  for (let i = 0; i < order.length; i++) {
    if (i % LOOK === 0 && rests.due) await rests.take();
    const sample = order[i]!;
    const time = ticks[sample]!;
    if (left.has(sample) || time < 0 || time > log.until * TICKS_PER_MS) continue;
    entry = log.entryAt(time, entry);
    while (stall < log.stalls.length && log.stalls[stall]!.to < time) stall++;
    const node = known.get(raw.samples[sample]!);
    if (node === undefined) continue;
    if (node.isIdle) {
      idle++;
      continue;
    }
    const us = Math.round(time / TICKS_PER_US);
    at.push(us - last);
    last = us;
    owner.push(log.ownerOf(entry));
    const index = stack.push(node.stack) - 1;
    if (stall < log.stalls.length && log.stalls[stall]!.from <= time) {
      inStall[stall]!.push({ sample: index, stack: node.stack, time: time / TICKS_PER_MS });
    }
  }
  const shares = { sample: [] as number[], share: [] as number[], span: [] as number[] };
  const stalls = log.stalls.map((one, i) => {
    const found = waited(one, inStall[i]!, (at) => canWait(stacks, at), interval);
    for (const [j, { sample }] of inStall[i]!.entries()) {
      if (found.halted[j]) stack[sample] = stacks.on(stack[sample]!, HALTED);
    }
    for (const [j, share] of found.shares.entries()) {
      if (share === 0) continue;
      shares.sample.push(inStall[i]![j]!.sample);
      shares.share.push(share);
      shares.span.push(Math.round((found.each / interval) * 1e4) / 1e4);
    }
    const owner = log.ownerOfWork(one.work);
    if (one.isDoubtful) log.owners[owner]!.stalled += found.stalled;
    const at = Math.round(one.from / TICKS_PER_US) / 1e3;
    return { owner, at, stalled: Math.round(found.stalled * 1e3) / 1e3, stack: found.stack };
  });
  return {
    owners: log.owners as Owner[],
    frames: stacks.frames,
    stacks: { parent: stacks.parent, frame: stacks.frame },
    samples: { at, stack, owner },
    shares,
    stalls: stalls
      .filter(({ stalled }) => stalled > 0)
      .sort((a, b) => b.stalled - a.stalled)
      .slice(0, STALLS),
    idle,
  };
}

/** Cuts each node's stack. Without recursion: stacks of an application can be thousands of frames deep. */
async function cut(nodes: RawNode[], stacks: Stacks, maps: SourceMaps, rests: Rests) {
  const files = new Files();
  for (const url of new Set(nodes.map(({ callFrame }) => callFrame.url))) {
    if (files.of(url).isMappable) await maps.load(url);
    if (rests.due) await rests.take();
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = new Map<number, Known>();
  const left: Array<[node: RawNode, above: Cut]> = nodes.length === 0 ? [] : [[nodes[0]!, START]];
  for (let i = 0; left.length > 0; i++) {
    if (i % LOOK === 0 && rests.due) await rests.take();
    const [node, above] = left.pop()!;
    const isRoot = node === nodes[0];
    const frame = frameOf(node.callFrame, maps, files);
    const here = isRoot ? START : further(above, frame, stacks);
    known.set(node.id, {
      stack: here.shown,
      frame,
      isIdle: frame.origin === 'engine' && frame.name === '(idle)',
    });
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) left.push([child, here]);
    }
  }
  return known;
}

/** When each sample was taken, in ticks since the log began, and their order. */
function timesOf({ samples, timeDeltas, startTime }: RawProfile, from: number) {
  const ticks = new Float64Array(samples.length);
  let isSorted = true;
  let time = startTime;
  for (let i = 0; i < samples.length; i++) {
    const delta = timeDeltas[i] ?? 0;
    if (delta < 0) isSorted = false;
    time += delta;
    ticks[i] = (time / 1e3 - from) * TICKS_PER_MS;
  }
  const order = Array.from(samples, (_, i) => i);
  if (!isSorted) order.sort((a, b) => ticks[a]! - ticks[b]!);
  return { order, ticks };
}

/** Node's own code around system calls that wait, where what calls them may have no frame of its own. */
const WAITING = /^node:(?:internal\/)?(?:fs|child_process)(?:\/|$)/;

/** Whether a stack ends in code that can wait: native, as of Node or of an addon. */
function canWait({ frames, frame }: Stacks, stack: number): boolean {
  const top = frames[frame[stack]!];
  return top !== undefined && (top.origin === 'native' || (top.origin === 'node' && WAITING.test(top.file)));
}
