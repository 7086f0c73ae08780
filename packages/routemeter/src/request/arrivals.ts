import diagnostics from 'node:diagnostics_channel';
import { engine, shared } from '../attribution/index.ts';

/** The turn of the loop in which a connection was accepted. */
const ACCEPTED: unique symbol = Symbol.for('routemeter.v1.accepted') as never;

const CHANNEL = 'net.server.socket';

type Connection = { [ACCEPTED]?: number };

let followers = 0;
let followedFrom = 0;

/**
 * Notes when connections are accepted, until the function returned is called. Node announces each on a
 * channel; nobody's listener is added to a server.
 */
export function followArrivals(): () => void {
  const listener = shared('arrivals', () => noteAccepted);
  if (followers++ === 0) {
    followedFrom = engine().turn();
    diagnostics.subscribe(CHANNEL, listener);
  }
  return () => {
    if (--followers === 0) diagnostics.unsubscribe(CHANNEL, listener);
  };
}

function noteAccepted(message: unknown): void {
  const { socket } = message as { socket?: Connection };
  if (socket === undefined) return;
  note(socket, engine().turn());
}

/**
 * Whether it can be told how long a request waited on its connection. What comes with a new connection waited for
 * that to be accepted, too, and the system accepts one in each turn of the loop: how long is not known. What
 * the next turn but one reads was not there before.
 */
export function isWaitKnown(connection: unknown): boolean {
  // One that was there before may have been accepted just then.
  const socket = connection as Connection | null | undefined;
  const turn = engine().turn();
  if (turn > (socket?.[ACCEPTED] ?? followedFrom) + 1) return true;
  // What comes with a later turn comes on a connection that has been read from.
  if (socket) note(socket, turn - 1);
  return false;
}

function note(socket: Connection, turn: number): void {
  if (ACCEPTED in socket) socket[ACCEPTED] = turn;
  else Object.defineProperty(socket, ACCEPTED, { value: turn, writable: true, configurable: true });
}
