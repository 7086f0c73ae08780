import { startChild } from '../child.js';

/** Starts the upstream; `url` is where it listens. */
export async function startUpstream() {
  const { message, stop } = await startChild(new URL('./server.js', import.meta.url));
  return { url: `http://127.0.0.1:${message.port}`, stop };
}
