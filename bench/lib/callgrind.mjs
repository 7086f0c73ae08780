// Instructions by valgrind's callgrind: the same whatever else the machine does.

export const VALGRIND = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null'];
/** One thread, and the same choices each time: nothing is left to chance, nor to how busy the machine is. */
export const FLAGS = ['--single-threaded', '--predictable', '--random-seed=1', '--hash-seed=1'];

/** Asked after the child has closed: how many instructions callgrind says it took. */
export function collectedBy(child) {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  return () => {
    const collected = /Collected\s*:\s*(\d+)/.exec(said)?.[1];
    if (collected === undefined)
      throw new Error(`callgrind told no number: ${said.trim().split('\n').at(-1)}`);
    return Number(collected);
  };
}
