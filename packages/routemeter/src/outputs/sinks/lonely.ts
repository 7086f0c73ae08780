/** What is always there, and what our own connections and look-ups show up as, in any version of Node. */
const NOT_OTHERS =
  /^(TTYWrap|PipeWrap|\w*WriteWrap|\w*ConnectWrap|ShutdownWrap|GetAddrInfoReqWrap|CloseReq)$/;
const CHECK_MS = 50;

/**
 * Calls `leave` when nothing else keeps the process alive: a write that a peer does not read, and a
 * connection that is being made, would do so although their socket is unreferenced.
 *
 * @returns a function that ends the watch.
 */
export function whenLonely(leave: () => void): () => void {
  const timer = setInterval(() => {
    if (process.getActiveResourcesInfo().every((kind) => NOT_OTHERS.test(kind))) leave();
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
