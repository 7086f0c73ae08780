import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

export const PROMETHEUS_PROGRAMS = {
  '/usr/bin/prometheus': 'prometheus',
  '/usr/bin/promtool': 'prometheus',
  '/usr/bin/prometheus-alertmanager': 'prometheus-alertmanager',
};

/** One series of an instant vector. */
export interface PrometheusSample {
  metric: Record<string, string>;
  value: [at: number, text: string];
}

export interface PrometheusAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: 'pending' | 'firing';
}

export interface Prometheus extends Program {
  /** Evaluates an expression now; throws what Prometheus says against it. */
  query(expression: string): Promise<PrometheusSample[]>;
  alerts(): Promise<PrometheusAlert[]>;
}

/** Scrapes `targets` (host and port) and evaluates rule files, both every second. */
export async function startPrometheus(options: {
  targets: readonly string[];
  rules: readonly string[];
  alertmanagerPort: number;
}): Promise<Prometheus> {
  const folder = dataFolder('prometheus');
  const port = await freePort();
  // JSON is YAML.
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: options.rules,
    scrape_configs: [{ job_name: 'routemeter', static_configs: [{ targets: options.targets }] }],
    alerting: {
      alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${options.alertmanagerPort}`] }] }],
    },
  };
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const url = `http://127.0.0.1:${port}`;
  const get = async (path: string) => {
    const answer = await fetch(url + path);
    const body = (await answer.json()) as { status: string; error?: string; data: unknown };
    if (body.status !== 'success') throw new Error(`${decodeURIComponent(path)}: ${body.error}`);
    return body.data;
  };
  const program = await startProgram(
    '/usr/bin/prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { ready: async () => (await fetch(`${url}/-/ready`)).ok, folders: [folder] },
  );
  return {
    ...program,
    query: async (expression) => {
      const data = await get(`/api/v1/query?${new URLSearchParams({ query: expression })}`);
      return (data as { result: PrometheusSample[] }).result;
    },
    alerts: async () => ((await get('/api/v1/alerts')) as { alerts: PrometheusAlert[] }).alerts,
  };
}

/** What promtool says about a rule file; throws where it is wrong. */
export async function checkRules(file: string): Promise<string> {
  const { stdout } = await promisify(execFile)('/usr/bin/promtool', ['check', 'rules', file]);
  return stdout;
}

/** Sends every alert, and its end, to a webhook as soon as it can. */
export async function startAlertmanager(webhook: string): Promise<Program & { port: number }> {
  const folder = dataFolder('alertmanager');
  const port = await freePort();
  const config = {
    route: {
      receiver: 'hook',
      group_by: ['...'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '1h',
    },
    receivers: [{ name: 'hook', webhook_configs: [{ url: webhook, send_resolved: true }] }],
  };
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, JSON.stringify(config));
  const program = await startProgram(
    '/usr/bin/prometheus-alertmanager',
    [
      `--config.file=${file}`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    { ready: port, folders: [folder] },
  );
  return { ...program, port };
}
