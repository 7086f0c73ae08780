/** V8's own form of a profile. */
export interface RawProfile {
  nodes: RawNode[];
  /** Ids of nodes. */
  samples: number[];
  /** µs since the sample before, or since the start. */
  timeDeltas: number[];
  /** µs of the monotonic clock. */
  startTime: number;
  endTime: number;
}

export interface RawNode {
  id: number;
  callFrame: {
    functionName: string;
    scriptId: string | number;
    url: string;
    /** From 0. */
    lineNumber: number;
    columnNumber: number;
  };
  children?: number[];
  /** How many samples of the sampler ended in it. */
  hitCount?: number;
}

/** What samples this thread. */
export interface CpuSource {
  start(): void;
  stop(): RawProfile;
}
