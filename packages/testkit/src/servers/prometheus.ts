import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  dataFolder,
  freePort,
  type Program,
  type RestartableProgram,
  startProgram,
  startRestartable,
} from './program.ts';

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

export interface Prometheus extends RestartableProgram {
  url: string;
  /** Evaluates an expression now, or `at` (Unix ms); throws what Prometheus says against it. */
  query(expression: string, at?: number): Promise<PrometheusSample[]>;
  alerts(): Promise<PrometheusAlert[]>;
}

export interface PrometheusOptions {
  /** Host and port, and a path where it is not `/metrics`; the whole of it is the label `instance`. */
  targets?: readonly string[];
  /** Seconds between scrapes, and as long as one may take. Default 1. */
  interval?: number;
  rules?: readonly string[];
  alertmanagerPort?: number;
  /** Takes remote write. */
  isReceiver?: boolean;
  /** Of `--enable-feature`. */
  features?: readonly string[];
  /** Further options of the command line. */
  flags?: readonly string[];
}

/** Debian's, or another version at a path: `npm run test:collectors` runs the same tests over today's. */
const executable = process.env.TEST_PROMETHEUS ?? '/usr/bin/prometheus';
/** Takes native histograms without being told to, and scrapes them by a setting instead of a flag. */
export const isPrometheus3 = process.env.TEST_PROMETHEUS !== undefined;

/** Scrapes `targets` and evaluates rule files. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const {
    targets = [],
    interval = 1,
    rules = [],
    alertmanagerPort,
    isReceiver = false,
    features = [],
    flags = [],
  } = options;
  const folder = dataFolder('prometheus');
  const port = await freePort();
  // JSON is YAML.
  const config = {
    global: {
      scrape_interval: `${interval}s`,
      scrape_timeout: `${interval}s`,
      evaluation_interval: '1s',
      ...(isPrometheus3 && features.includes('native-histograms') ? { scrape_native_histograms: true } : {}),
    },
    rule_files: rules,
    scrape_configs: [{ job_name: 'routemeter', static_configs: targets.map(targetConfig) }],
    alerting: {
      alertmanagers:
        alertmanagerPort === undefined
          ? []
          : [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }],
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
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
    ...(isReceiver ? ['--web.enable-remote-write-receiver'] : []),
    ...(features.length === 0 ? [] : [`--enable-feature=${features.join(',')}`]),
    ...flags,
  ];
  const ready = async () => (await fetch(`${url}/-/ready`)).ok;
  const launch = () => startProgram(executable, args, { ready });
  const program = await startRestartable(launch, folder);
  return {
    ...program,
    url,
    query: async (expression, at) => {
      const time = at === undefined ? {} : { time: String(at / 1000) };
      const data = await get(`/api/v1/query?${new URLSearchParams({ query: expression, ...time })}`);
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

function targetConfig(target: string) {
  const cut = target.indexOf('/');
  if (cut < 0) return { targets: [target] };
  const labels = { __metrics_path__: target.slice(cut), instance: target };
  return { targets: [target.slice(0, cut)], labels };
}
