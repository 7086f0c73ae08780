import { join } from 'node:path';
import { goProgram } from './go.ts';
import type { Reading } from './reading.ts';
import { CLIENTS as FOLDER, java, NPM, npm, PYTHON, python, rust, versionIn } from './toolchains.ts';

/** A StatsD client that teams use, as a small program that sends what is known. */
export interface Client {
  /** As `npm run test:collectors -- ID` finds it. */
  id: string;
  name: string;
  language: string;
  /** What the live server must then have. Counts of timings whose sums are a matter of time have no `sum`. */
  meant: Reading[];
  /** Routes that it must be shown as, each with its calls and with CPU. */
  routes?: Record<string, number>;
  events?: number;
  checks?: number;
  /** Whose rules the live server is told to read by. Default: what the lines tell. */
  rules?: 'etsy';
  /** What a reader should know. */
  notes?: string[];
  install(): Promise<{ version: string; command: string; args: string[] }>;
}

const count = (name: string, value: number, tags = {}): Reading => ({ name, tags, kind: 'count', value });
const gauge = (name: string, value: number, tags = {}): Reading => ({ name, tags, kind: 'gauge', value });
const set = (name: string, value: number, tags = {}): Reading => ({ name, tags, kind: 'set', value });
const timing = (name: string, count: number, sum?: number, tags = {}): Reading => ({
  name,
  tags,
  kind: 'timing',
  count,
  ...(sum === undefined ? {} : { sum }),
});

const MINUS = 'a gauge that is only ever decreased needs `--rules etsy`: `-3|g` alone says nothing';
const ENV = { env: 'test' };
const PLAN = { env: 'test', plan: 'free' };

const pythonClient = (
  id: string,
  name: keyof typeof PYTHON,
  file: string,
  more: Omit<Client, 'id' | 'name' | 'language' | 'install'>,
): Client => ({
  id,
  name: id === name ? name : `${name} (${id})`,
  language: 'Python',
  ...more,
  install: async () => ({
    version: PYTHON[name],
    command: await python(),
    args: [join(FOLDER, 'python', file)],
  }),
});

const npmClient = (
  name: keyof typeof NPM,
  more: Omit<Client, 'id' | 'name' | 'language' | 'install'>,
): Client => ({
  id: name,
  name,
  language: 'Node.js',
  ...more,
  install: async () => ({
    version: NPM[name],
    command: process.execPath,
    args: ['--no-deprecation', join(await npm(), `${name}.cjs`)],
  }),
});

const goClient = (
  id: string,
  module: string,
  more: Omit<Client, 'id' | 'name' | 'language' | 'install'>,
): Client => ({
  id,
  name: id,
  language: 'Go',
  ...more,
  install: async () => {
    const { path, version } = await goProgram(id, { version: module });
    return { version, command: path, args: [] };
  },
});

const micrometer = (id: string, flavor: string, meant: Reading[], notes: string[]): Client => ({
  id,
  name: `Micrometer, flavour ${flavor}`,
  language: 'Java',
  meant,
  notes,
  install: async () => ({
    version: await versionIn('java/pom.xml', /micrometer-registry-statsd<\/artifactId><version>([\d.]+)/),
    command: 'java',
    args: ['-cp', await java(), 'Micrometer', '$PORT', flavor],
  }),
});

export const CLIENTS: readonly Client[] = [
  pythonClient('datadogpy', 'datadog', 'datadog_client.py', {
    meant: [
      count('shop.orders', 2, PLAN),
      gauge('shop.balance', -3, ENV),
      timing('shop.resize', 1, 12.5, ENV),
      timing('shop.size', 1, 7, { ...ENV, format: 'jpeg' }),
      timing('shop.weight', 2, 20, ENV),
      set('shop.members', 2, ENV),
    ],
    events: 1,
    checks: 1,
    notes: ['`timed` sends seconds under `ms` unless `use_ms` is set'],
  }),
  pythonClient('pystatsd', 'statsd', 'pystatsd_client.py', {
    meant: [
      count('shop.orders', 2),
      gauge('shop.balance', -3),
      gauge('shop.jobs', 12),
      timing('shop.resize', 2, 32.5),
      set('shop.members', 2),
      count('shop.batched', 2),
      timing('shop.batched.time', 1, 5),
    ],
    notes: ['`delta=True` writes `+5|g`, which says whose rules its gauges follow'],
  }),
  pythonClient('aiodogstatsd', 'aiodogstatsd', 'aio_client.py', {
    meant: [
      count('shop.orders', 3, PLAN),
      gauge('shop.balance', -3, ENV),
      timing('shop.resize', 1, 12.5, ENV),
      timing('shop.size', 1, 7, ENV),
      timing('shop.weight', 1, 9, ENV),
    ],
  }),
  pythonClient('celery', 'celery', 'celery_app.py', {
    meant: [
      count('celery.resize.success', 3),
      count('celery.resize.failure', 1),
      timing('celery.resize.time', 4),
    ],
    notes: ['has no StatsD of its own: signals of tasks with pystatsd'],
  }),
  pythonClient('flask', 'flask', 'flask_app.py', {
    meant: [
      timing('myapp.home', 10),
      timing('myapp.home.cpu', 10),
      timing('myapp.user', 10),
      timing('myapp.user.cpu', 10),
      timing('myapp.api.request', 20),
    ],
    routes: { home: 10, user: 10 },
    notes: ['views timed by a decorator with pystatsd; shown as routes'],
  }),
  micrometer(
    'micrometer-datadog',
    'DATADOG',
    [
      count('orders', 3, { plan: 'free', statistic: 'count' }),
      timing('resize', 2, 32, { format: 'jpeg' }),
      timing('size', 1, 7),
      gauge('balance', 7, { statistic: 'value' }),
    ],
    [],
  ),
  micrometer(
    'micrometer-telegraf',
    'TELEGRAF',
    [
      count('orders', 3, { plan: 'free', statistic: 'count' }),
      timing('resize', 2, 32, { format: 'jpeg' }),
      timing('size', 1, 7),
      gauge('balance', 7, { statistic: 'value' }),
    ],
    [],
  ),
  {
    id: 'java-dogstatsd-client',
    name: 'java-dogstatsd-client',
    language: 'Java',
    meant: [
      count('shop.orders', 3, PLAN),
      gauge('shop.balance', -3, ENV),
      timing('shop.resize', 1, 12, ENV),
      timing('shop.size', 1, 7.5, { ...ENV, format: 'jpeg' }),
      timing('shop.weight', 2, 20, ENV),
      set('shop.members', 2, ENV),
    ],
    events: 1,
    checks: 1,
    notes: ['`close()` drops what was recorded in the last seconds: counts, gauges and sets wait three'],
    install: async () => ({
      version: await versionIn('java/pom.xml', /java-dogstatsd-client<\/artifactId><version>([\d.]+)/),
      command: 'java',
      args: ['-cp', await java(), 'DogStatsD'],
    }),
  },
  {
    id: 'cadence',
    name: 'cadence',
    language: 'Rust',
    meant: [
      count('shop.orders', 3, PLAN),
      gauge('shop.balance', 7.5, ENV),
      timing('shop.resize', 1, 12, ENV),
      timing('shop.size', 3, 24, ENV),
      timing('shop.weight', 1, 9, { ...ENV, canary: '' }),
      set('shop.members', 2, ENV),
    ],
    notes: ['timers are cut to whole milliseconds; histograms of a `Duration` are nanoseconds'],
    install: async () => ({
      version: await versionIn('rust/Cargo.toml', /cadence = "=([\d.]+)"/),
      command: join(await rust(), 'cadence'),
      args: [],
    }),
  },
  goClient('datadog-go', 'github.com/DataDog/datadog-go/v5', {
    meant: [
      count('shop.orders', 3, PLAN),
      gauge('shop.balance', -3, ENV),
      timing('shop.resize', 1, 12.5, ENV),
      timing('shop.size', 3, 21, ENV),
      timing('shop.weight', 3, 27, ENV),
      set('shop.members', 2, ENV),
      gauge('shop.then', 4, ENV),
    ],
    events: 1,
    checks: 1,
    notes: ['with its aggregation of all types: values share lines, and gauges have a time'],
  }),
  goClient('go-statsd-client', 'github.com/cactus/go-statsd-client/v5', {
    meant: [
      count('shop.orders', 3, { plan: 'free' }),
      gauge('shop.balance', 4),
      timing('shop.resize', 1, 12.5),
      set('shop.members', 2),
    ],
    rules: 'etsy',
    notes: ['tags in the name, as InfluxDB has them', MINUS],
  }),
  npmClient('hot-shots', {
    meant: [
      count('shop.orders', 3, PLAN),
      gauge('shop.balance', -3, ENV),
      timing('shop.resize', 1, 12.5, ENV),
      timing('shop.size', 1, 7, ENV),
      timing('shop.weight', 1, 9, ENV),
      set('shop.members', 2, ENV),
    ],
    events: 1,
    checks: 1,
  }),
  npmClient('statsd-client', {
    meant: [
      count('shop.orders', 3, PLAN),
      gauge('shop.balance', 4, ENV),
      timing('shop.resize', 1, 12.5, ENV),
      timing('shop.size', 1, 7, ENV),
      timing('shop.weight', 1, 9, ENV),
      set('shop.members', 2, ENV),
    ],
    rules: 'etsy',
    notes: [MINUS],
  }),
  npmClient('node-statsd', {
    meant: [
      count('shop.orders', 2, PLAN),
      gauge('shop.balance', 7, ENV),
      timing('shop.resize', 1, 12.5, ENV),
      timing('shop.size', 1, 7, ENV),
      set('shop.members', 2, ENV),
    ],
  }),
  npmClient('lynx', {
    meant: [
      count('shop.orders', 3),
      gauge('shop.balance', 7),
      timing('shop.resize', 1, 12.5),
      set('shop.members', 2),
    ],
  }),
];
