import { shared } from './shared.ts';

const KEY = 'routemeter.v1.ports';
/** Those of TCP, and 1024 behind them for what goes over Unix sockets, which have none. */
const PORTS = 66_560;

/**
 * A number for each port, in memory that all threads of this process share: those that start after
 * the first call find it among the environment data which Node hands to each. Zero to begin with, so
 * that it costs the address range alone.
 */
export function sharedPorts(): Uint32Array {
  return shared('ports', () => {
    const { getEnvironmentData, setEnvironmentData } = process.getBuiltinModule('node:worker_threads');
    const known = getEnvironmentData(KEY);
    if (known instanceof SharedArrayBuffer) return new Uint32Array(known);
    const made = new SharedArrayBuffer(PORTS * Uint32Array.BYTES_PER_ELEMENT);
    setEnvironmentData(KEY, made as never);
    return new Uint32Array(made);
  });
}
