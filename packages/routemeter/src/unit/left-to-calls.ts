/** On a server of HTTP/2: what serves calls over it counts them as such. */
const SERVES_CALLS: unique symbol = Symbol.for('routemeter.v1.calls') as never;

/** From here on the streams of a server are calls of gRPC, which count as units of their own, and no requests beside them. */
export function leaveToCalls(server: object): void {
  Object.defineProperty(server, SERVES_CALLS, { value: true, configurable: true });
}

export function isLeftToCalls(server: unknown): boolean {
  return (server as { [SERVES_CALLS]?: boolean })[SERVES_CALLS] === true;
}
