import { shared } from './shared.ts';

const KEY = 'routemeter.v1.ports';
const PORTS = 65_536;
/** For what goes over Unix sockets, which have no ports. */
const PLACES = 1024;

/**
 * A number for each TCP port, and behind them some for Unix sockets, in memory that all threads of this process share: those that start after
 * the first call find it among the environment data which Node hands to each. Zero to begin with, so
 * that it costs the address range alone.
 */
export function sharedPorts(): Uint32Array {
  return shared('ports', () => {
    const { getEnvironmentData, setEnvironmentData } = process.getBuiltinModule('node:worker_threads');
    const known = getEnvironmentData(KEY);
    if (known instanceof SharedArrayBuffer) return new Uint32Array(known);
    const made = new SharedArrayBuffer((PORTS + PLACES) * Uint32Array.BYTES_PER_ELEMENT);
    setEnvironmentData(KEY, made as never);
    return new Uint32Array(made);
  });
}

/** Those for Unix sockets; none where an earlier version of the library made the memory. */
export function sharedPlaces(): Uint32Array {
  return sharedPorts().subarray(PORTS);
}
