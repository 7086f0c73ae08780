import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An installation takes seconds, and minutes on a crowded machine: a lock this old was left by a process that was ended. */
const STALE_MS = 1_200_000;

/** Waits until the folder `lock` could be made: several test processes may install the same thing. */
export async function acquire(lock: string, staleMs = STALE_MS): Promise<void> {
  const owner = join(lock, 'pid');
  for (;;) {
    try {
      await mkdir(lock);
      // It is not there any more where another one took it for that of an ended process.
      const isOurs = await writeFile(owner, String(process.pid)).then(
        () => true,
        () => false,
      );
      if (isOurs) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = await stat(lock).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    const pid = Number(await readFile(owner, 'utf8').catch(() => ''));
    if (age > staleMs || (pid > 0 && !isAlive(pid))) await rm(lock, { recursive: true, force: true });
    else await sleep(200);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
