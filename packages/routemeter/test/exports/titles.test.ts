import { expect, test } from 'vitest';
import { parseBudgets } from '../../src/budgets/index.ts';
import { writeYaml } from '../../src/budgets/yaml.ts';
import {
  datadogFiles,
  type Files,
  grafanaFiles,
  type Plan,
  planOf,
  prometheusFiles,
} from '../../src/exports/index.ts';

const JOB = { metric: 'shop.messaging.process', method: 'JOB', route: 'mails/welcome' };
const CRON = { metric: 'shop.work.run', method: 'CRON', route: 'nightly report' };
const ORDERS = { metric: 'shop.http.server.request', method: 'POST', route: '/orders' };
const LIMITS = { wall: { p95: 250 }, errors: '1%', calls: 10, wait: '30ms' };

type Known = typeof JOB;

const MAKERS: Record<string, (plan: Plan) => Files> = {
  datadog: datadogFiles,
  grafana: (plan) => grafanaFiles(plan, 'live', 'tagged'),
  prometheus: (plan) => prometheusFiles(plan, 'statsd_exporter', writeYaml),
};

/** What people read of an export of these, each with the same limits. */
function wordsOf(make: (plan: Plan) => Files, known: readonly Known[]): string[] {
  const routes = Object.fromEntries(known.map(({ method, route }) => [`${method} ${route}`, LIMITS]));
  const files = make(planOf(parseBudgets({ routes }), known, ''));
  return Object.values(files).flatMap((text) =>
    [...text.matchAll(READ)].map(([, key, words]) => `${key}: ${words!.replace(/^["']|["'],?$/g, '')}`),
  );
}
const READ = /^\W*(title|name|message|description|summary|help|unit|label)"?: ?(?![[{]$)(.*)$/gm;

test.each(Object.keys(MAKERS))('%s speaks of runs where there are no requests', (kind) => {
  const words = wordsOf(MAKERS[kind]!, [JOB, CRON]);
  expect(words.filter((one) => /request|reqps|routes/i.test(one))).toEqual([]);
  expect(words).toMatchSnapshot();
  const beside = wordsOf(MAKERS[kind]!, [JOB, ORDERS]);
  expect(beside.some((one) => /POST \/orders.*per request/.test(one))).toBe(true);
  expect(beside.some((one) => /JOB mails\/welcome.*per run/.test(one))).toBe(true);
  expect(beside.filter((one) => /JOB.*request/.test(one))).toEqual([]);
});
