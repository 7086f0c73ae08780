import diagnostics from 'node:diagnostics_channel';
import { engine, shared } from '../attribution/index.ts';

/** The turn of the loop in which a connection was accepted. */
const ACCEPTED: unique symbol = Symbol.for('routemeter.v1.accepted') as never;

type Connection = { [ACCEPTED]?: number };

let followers = 0;

/**
 * Notes when connections are accepted, until the function returned is called. Node announces each on a
 * channel; nobody's listener is added to a server.
 */
export function followArrivals(): () => void {
  const channel = diagnostics.channel('net.server.socket');
  const note = shared('arrivals', () => noteAccepted);
  if (followers++ === 0) channel.subscribe(note);
  return () => {
    if (--followers === 0) channel.unsubscribe(note);
  };
}

function noteAccepted(message: unknown): void {
  const { socket } = message as { socket?: Connection };
  if (socket === undefined) return;
  Object.defineProperty(socket, ACCEPTED, { value: engine().turn(), configurable: true });
}

/**
 * Whether it can be told how long a request waited on its connection. What comes with a new connection waited for
 * that to be accepted, too, and the system accepts one in each turn of the loop: how long is not known. What
 * the next turn but one reads was not there before.
 */
export function isWaitKnown(connection: unknown): boolean {
  const accepted = (connection as Connection | null | undefined)?.[ACCEPTED];
  return accepted === undefined || engine().turn() > accepted + 1;
}
