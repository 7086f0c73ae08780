declare module 'd3-flame-graph' {
  /** A frame as the library lays it out; `T` is what it was given. */
  export interface LaidOut<T> {
    data: T;
    parent: LaidOut<T> | null;
    children?: LaidOut<T>[];
    depth: number;
    id: number;
    highlight?: boolean;
  }

  /** Draws a tooltip; ours is the page's own. */
  interface Tip {
    (selection: unknown): void;
    show(): void;
    hide(): void;
  }

  export interface FlameChart<T> {
    (selection: unknown): void;
    width(px: number): FlameChart<T>;
    cellHeight(px: number): FlameChart<T>;
    minFrameSize(px: number): FlameChart<T>;
    inverted(yes: boolean): FlameChart<T>;
    transitionDuration(ms: number): FlameChart<T>;
    setColorMapper(read: (frame: LaidOut<T>) => string): FlameChart<T>;
    setSearchMatch(match: (frame: LaidOut<T>, term: string) => boolean): FlameChart<T>;
    setSearchHandler(handle: (found: LaidOut<T>[], sum: number, whole: number) => void): FlameChart<T>;
    onClick(handle: (frame: LaidOut<T>) => void): FlameChart<T>;
    tooltip(tip: Tip): FlameChart<T>;
    zoomTo(frame: LaidOut<T>): void;
    search(term: string): void;
    clear(): void;
    destroy(): void;
  }

  export default function flamegraph<T>(): FlameChart<T>;
}
