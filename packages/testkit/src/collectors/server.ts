import type { Program } from '../servers/program.ts';
import type { Reading } from './reading.ts';

/** Where a running server takes lines. */
export interface Listening {
  udp: number;
  tcp?: number;
  /** Path of a Unix socket, of datagrams or of a stream. */
  unixDatagram?: string;
  unixStream?: string;
}

export interface Running extends Program, Listening {
  /** Everything that it read since it started. */
  read(): Promise<Reading[]>;
}

/** A server that teams run, in a version that is pinned. */
export interface Collector {
  /** As one says it, and as `npm run test:collectors -- NAME` finds it. */
  name: string;
  /** The `server` setting for it. */
  setting: string;
  /** Names of the settings that it is started with, as its table says them. */
  how: string;
  /** Builds or installs it. */
  install(): Promise<string>;
  start(): Promise<Running>;
}
