import { mkdir, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** An installation takes seconds; a lock this old was left by a process that was ended. */
export const STALE_LOCK_MS = 300_000;

/** Waits until the folder `lock` could be made: several test processes may install the same thing. */
export async function acquire(lock: string, staleMs = STALE_LOCK_MS): Promise<void> {
  for (;;) {
    try {
      await mkdir(lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = await stat(lock).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > staleMs) await rm(lock, { recursive: true, force: true });
    else await sleep(200);
  }
}
