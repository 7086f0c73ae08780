import { clearInterval, setInterval } from './time.ts';

/** What is always there, and what our own connections and look-ups show up as, in any version of Node. */
const NOT_OTHERS =
  /^(TTYWrap|PipeWrap|\w*WriteWrap|\w*ConnectWrap|ShutdownWrap|GetAddrInfoReqWrap|CloseReq)$/;
const CHECK_MS = 50;
/** So many checks in a row: a server that is a little away gets the time to answer. */
const CHECKS = 2;

/**
 * Calls `leave` when nothing else keeps the process alive: a write that a peer does not read, and a
 * connection that is being made, would do so although their socket is unreferenced.
 *
 * @returns a function that ends the watch.
 */
export function whenLonely(leave: () => void): () => void {
  let alone = 0;
  const timer = setInterval(() => {
    // A channel to the parent process is a pipe as stdout may be, but keeps us alive by intent.
    const others =
      process.connected || process.getActiveResourcesInfo().some((kind) => !NOT_OTHERS.test(kind));
    alone = others ? 0 : alone + 1;
    if (alone >= CHECKS) leave();
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
