import { connect } from 'node:net';
import { outside } from '../attribution/index.ts';
import { Orders, type Take } from './orders.ts';

/** Where `routemeter-live` takes this process's word, as `TOKEN@PATH` of a local socket; set by it alone. */
export const ORDERS = 'ROUTEMETER_LIVE_ORDERS';

/**
 * Takes orders of the live server that runs this process: this thread connects to the socket it was told of, in
 * a folder that only its user can enter, and shows the token of the run. Nothing listens here. When the
 * connection ends, that is the end of orders. Never throws.
 */
export function takeOrdersOfRun(address: string, take: Take): void {
  const cut = address.indexOf('@');
  if (cut < 1) return;
  try {
    outside(() => {
      const socket = connect(address.slice(cut + 1));
      socket.unref();
      socket.on('error', () => socket.destroy());
      new Orders(socket, address.slice(0, cut), take);
    });
  } catch {
    // Without a socket there are no orders.
  }
}
