import { blocks } from './blocks.ts';
import { bodies } from './bodies.ts';
import type { Case } from './case.ts';
import { contexts } from './contexts.ts';
import { endings } from './endings.ts';
import { io } from './io.ts';
import { modes } from './modes.ts';
import { promises } from './promises.ts';
import { sharing } from './sharing.ts';
import { sockets } from './sockets.ts';

/** Everything that the engine must get right, and the three situations that it cannot. */
export const CASES: Case[] = [
  ...promises,
  ...bodies,
  ...io,
  ...sharing,
  ...sockets,
  ...endings,
  ...contexts,
  ...blocks,
  ...modes,
];
