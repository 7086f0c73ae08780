import { home, REQUESTS, report, scan } from './requests.js';

/** What traffic looks like for a while: requests a second, each kind with its share. */
const calm = { name: 'calm', rate: 25, mix: REQUESTS };

export const PHASES = [
  calm,
  { name: 'rush on /home', rate: 60, mix: [...REQUESTS, { ...home, weight: 40 }] },
  { name: 'scanner', rate: 80, mix: [...REQUESTS, { ...scan, weight: 90 }] },
  { name: 'heavy reports', rate: 28, mix: [...REQUESTS, { ...report, weight: 2 }] },
];

/** The phase in force `elapsed` seconds after the start, where each lasts `length` seconds. */
export function phaseAt(elapsed, length) {
  return PHASES[Math.floor(elapsed / length) % PHASES.length];
}

/** One of the phase's requests, by weight. */
export function pick({ mix }, random) {
  let at = random() * mix.reduce((sum, { weight }) => sum + weight, 0);
  return mix.find(({ weight }) => (at -= weight) < 0) ?? mix[0];
}
