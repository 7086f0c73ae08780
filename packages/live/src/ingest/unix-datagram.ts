import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createConnection } from 'node:net';
import { LiveError } from '../errors.ts';

/** The part used of https://www.npmjs.com/package/unix-dgram, the addon that the library sends with. */
interface UnixAddon {
  createSocket(type: 'unix_dgram', onMessage: (payload: Buffer) => void): UnixSocket;
}

interface UnixSocket {
  on(event: 'error' | 'listening', listener: (error: Error) => void): unknown;
  bind(path: string): void;
  close(): void;
}

/** StatsD over a Unix datagram socket, as Datadog's clients send unless told otherwise. */
export class UnixDatagramListener {
  readonly #socket: UnixSocket;
  readonly #path: string;

  private constructor(socket: UnixSocket, path: string) {
    this.#socket = socket;
    this.#path = path;
  }

  /** Rejects where the addon is missing, or the path cannot be had. */
  static async open(path: string, onPayload: (payload: Buffer) => void): Promise<UnixDatagramListener> {
    const addon = findAddon();
    if (typeof addon === 'string') {
      throw new LiveError(
        'CANNOT_LISTEN',
        `cannot listen on Unix datagram socket ${path}: ${addon}; install unix-dgram, or use --unix for streams`,
      );
    }
    await removeStale(path);
    const socket = addon.createSocket('unix_dgram', onPayload);
    let failed: Error | undefined;
    socket.on('error', (error) => {
      failed ??= error;
    });
    // Binding is done, or has failed, when the call returns.
    socket.bind(path);
    if (failed !== undefined) {
      socket.close();
      throw failed;
    }
    return new UnixDatagramListener(socket, path);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await unlink(this.#path).catch(() => {});
  }
}

/** Optional, and may be missing or built for another Node: beside us, or in the project that we run in. */
function findAddon(): UnixAddon | string {
  for (const from of [import.meta.url, `${process.cwd()}/package.json`]) {
    try {
      return createRequire(from)('unix-dgram') as UnixAddon;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') return (error as Error).message;
    }
  }
  return 'the package unix-dgram is not installed';
}

/** A socket file outlives a server that was killed; one that somebody reads from is not ours to remove. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() !== true) return;
  const probe = createConnection({ path });
  try {
    await once(probe, 'connect');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') await unlink(path);
  } finally {
    probe.destroy();
  }
}
