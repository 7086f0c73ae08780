import type { Finding } from './finding.ts';
import { installed } from './project.ts';

const TRACERS = [
  'dd-trace',
  '@opentelemetry/sdk-node',
  '@opentelemetry/auto-instrumentations-node',
  '@sentry/node',
  'newrelic',
  'elastic-apm-node',
];
const CLIENTS = ['hot-shots', 'connect-datadog', 'express-hot-shots', 'prom-client'];

/** Tools of the same kind beside us. */
export function checkNeighbours(folder: string): Finding[] {
  return installed(folder, [...TRACERS, ...CLIENTS]).map(({ name, version }): Finding => {
    const text = TRACERS.includes(name)
      ? `${name} ${version} beside us: each measures by itself, and what both cost adds up; preload routemeter/register first`
      : `${name} ${version} beside us: what it sends stays as it is`;
    return { check: 'neighbour', level: 'note', text, facts: { name, version } };
  });
}
