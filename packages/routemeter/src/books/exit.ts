import { shared } from '../attribution/index.ts';

/** Something that has samples to hand over before the process ends. */
export interface Leaver {
  /** First of all: records what is still open. */
  settle?(): void;
  /** Then: hands over what was recorded. */
  leave(): void;
}

/** One `exit` listener for all meters of the process, whatever the number of copies of the library. */
export function leavers(): Set<Leaver> {
  return shared('leavers', () => {
    const all = new Set<Leaver>();
    process.on('exit', () => {
      for (const leaver of all) leaver.settle?.();
      for (const leaver of all) leaver.leave();
    });
    return all;
  });
}
