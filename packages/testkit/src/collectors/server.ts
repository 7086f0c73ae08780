import type { ServerName } from '../../../routemeter/src/config/servers.ts';
import type { Program } from '../servers/program.ts';
import type { Reading } from './reading.ts';

/** Where a running server takes lines. */
export interface Listening {
  udp: number;
  tcp?: number;
  /** Path of a Unix socket. */
  unixDatagram?: string;
}

export interface Running extends Program, Listening {
  /** Everything that it read since it started. */
  read(): Promise<Reading[]>;
}

/** A server that teams run, in a version that is pinned. */
export interface Collector {
  /** As `npm run test:collectors -- ID` finds it. */
  id: string;
  /** As one says it. */
  name: string;
  /** The `server` settings for it. */
  settings: readonly ServerName[];
  /** Names of the settings that it is started with, as its table says them. */
  how: string;
  /** Builds or installs it. */
  install(): Promise<string>;
  start(): Promise<Running>;
}
