import type { Frame } from './contract.ts';
import { ROUTEMETER } from './frames.ts';

/** A tree of stacks in which every stack stands once, as an index. 0 is the root, which has no frame. */
export class Stacks {
  readonly frames: Frame[] = [];
  readonly parent: number[] = [-1];
  readonly frame: number[] = [-1];
  private readonly frameIndex = new Map<string, number>();
  private readonly children = new Map<number, Map<number, number>>();

  /** The stack of `frame` on top of `parent`. */
  on(parent: number, frame: Frame): number {
    const index = this.indexOf(frame);
    let known = this.children.get(parent);
    if (known === undefined) this.children.set(parent, (known = new Map()));
    let stack = known.get(index);
    if (stack === undefined) {
      stack = this.parent.push(parent) - 1;
      this.frame.push(index);
      known.set(index, stack);
    }
    return stack;
  }

  private indexOf(frame: Frame): number {
    const { name, file, line, column } = frame;
    const key = `${name}\0${file}\0${line}\0${column}`;
    let index = this.frameIndex.get(key);
    if (index === undefined) this.frameIndex.set(key, (index = this.frames.push(frame) - 1));
    return index;
  }
}

/** Where a walk down V8's tree stands: what is shown of the frames so far. */
export interface Cut {
  /** The stack that code of the application is put on. */
  base: number;
  /** The stack that is shown if no code of the application follows. */
  shown: number;
  within: 'loop' | 'code' | 'ours';
}

export const START: Cut = { base: 0, shown: 0, within: 'loop' };

/** What we call of Node for ourselves; all else below our code is what the application asked for. */
const OURS_TO_CALL =
  /^node:(?:internal\/)?(?:async_hooks|async_local_storage|async_context_frame|buffer|dgram|fs|perf|perf_hooks|performance|process|timers|v8)(?:\/|$)/;
/** V8's ways into WebAssembly and back; it also gives these names to code of its own. */
const GLUE = /^(?:js-to-wasm|wasm-to-js)\b/;

/**
 * One frame further. The frames of Node before the first of an application are four or five ways into the
 * same handler: they are shown only where nothing of the application follows. Ours, and those of Node that
 * they call for themselves, are one frame at the end of a stack, and none between two of the application's.
 */
export function further(above: Cut, frame: Frame, stacks: Stacks): Cut {
  const { base, shown, within } = above;
  if (frame === ROUTEMETER) return { base, shown: stacks.on(base, ROUTEMETER), within: 'ours' };
  if (GLUE.test(frame.name)) return above;
  const { origin, file } = frame;
  const isNodes = origin === 'node' || origin === 'native' || origin === 'engine';
  if (isNodes && within === 'ours') {
    if (origin === 'native' || OURS_TO_CALL.test(file)) return above;
    const stack = stacks.on(base, frame);
    return base === 0
      ? { base, shown: stack, within: 'loop' }
      : { base: stack, shown: stack, within: 'code' };
  }
  if (isNodes && within === 'loop') return { base, shown: stacks.on(shown, frame), within };
  const stack = stacks.on(base, frame);
  return { base: stack, shown: stack, within: 'code' };
}
