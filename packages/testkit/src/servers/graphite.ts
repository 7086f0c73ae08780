import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

export const GRAPHITE_PROGRAMS = {
  '/usr/bin/carbon-cache': 'graphite-carbon',
  '/usr/bin/graphite-manage': 'graphite-web',
  '/usr/bin/gunicorn': 'gunicorn',
};

/** One series as `/render` answers it. */
export interface GraphiteSeries {
  target: string;
  tags: Record<string, string>;
  datapoints: Array<[value: number | null, at: number]>;
}

export interface Graphite extends Program {
  /** Where carbon takes plain text. */
  port: number;
  render(target: string): Promise<GraphiteSeries[]>;
}

/** Carbon with one second's resolution, and graphite-web to read it back. */
export async function startGraphite(): Promise<Graphite> {
  const folder = dataFolder('graphite');
  for (const name of ['conf', 'whisper', 'log', 'lists']) mkdirSync(join(folder, name));
  const [port, pickle, query, web] = [await freePort(), await freePort(), await freePort(), await freePort()];
  writeFileSync(join(folder, 'conf', 'storage-schemas.conf'), '[all]\npattern = .*\nretentions = 1s:1h\n');
  writeFileSync(
    join(folder, 'conf', 'storage-aggregation.conf'),
    '[all]\npattern = .*\nxFilesFactor = 0\naggregationMethod = sum\n',
  );
  // Tags that were not taken are told again after ten values: told with each, they would queue for longer than that.
  writeFileSync(
    join(folder, 'conf', 'carbon.conf'),
    `[cache]
STORAGE_DIR = ${folder}
LOCAL_DATA_DIR = ${folder}/whisper/
CONF_DIR = ${folder}/conf/
LOG_DIR = ${folder}/log/
PID_DIR = ${folder}
WHITELISTS_DIR = ${folder}/lists/
USER =
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${pickle}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${query}
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
MIN_TIMESTAMP_RESOLUTION = 1
ENABLE_TAGS = True
GRAPHITE_URL = http://127.0.0.1:${web}
TAG_UPDATE_INTERVAL = 10
`,
  );
  writeFileSync(
    join(folder, 'routemeter_settings.py'),
    `SECRET_KEY = 'tests'
ALLOWED_HOSTS = ['*']
TIME_ZONE = 'UTC'
CONF_DIR = '${folder}/conf'
STORAGE_DIR = '${folder}'
STATIC_ROOT = '${folder}/static'
WHISPER_DIR = '${folder}/whisper'
STANDARD_DIRS = ['${folder}/whisper']
LOG_DIR = '${folder}/log'
INDEX_FILE = '${folder}/index'
CARBONLINK_HOSTS = ['127.0.0.1:${query}']
DEFAULT_CACHE_DURATION = 0
DATABASES = {'default': {'NAME': '${folder}/graphite.db', 'ENGINE': 'django.db.backends.sqlite3', 'OPTIONS': {'timeout': 30}}}
`,
  );
  const env = {
    PYTHONPATH: folder,
    PYTHONWARNINGS: 'ignore',
    GRAPHITE_SETTINGS_MODULE: 'routemeter_settings',
    DJANGO_SETTINGS_MODULE: 'graphite.settings',
    GRAPHITE_CONF_DIR: `${folder}/conf`,
    GRAPHITE_STORAGE_DIR: folder,
  };
  const migrate = promisify(execFile)('graphite-manage', ['migrate', '--run-syncdb'], {
    env: { ...process.env, ...env },
    timeout: 60_000,
  });
  const carbon = startProgram(
    'carbon-cache',
    [`--config=${folder}/conf/carbon.conf`, '--nodaemon', 'start'],
    { env, ready: port },
  );
  await migrate;
  const gunicorn = await startProgram(
    'gunicorn',
    ['-b', `127.0.0.1:${web}`, '-w', '1', '--threads', '4', 'graphite.wsgi:application'],
    { env, cwd: folder, ready: web, folders: [folder] },
  );
  const cache = await carbon;
  return {
    port,
    async render(target) {
      const query = new URLSearchParams({ target, format: 'json', from: '-5min', noNullPoints: 'true' });
      const answer = await fetch(`http://127.0.0.1:${web}/render?${query}`);
      return answer.ok ? ((await answer.json()) as GraphiteSeries[]) : [];
    },
    async stop() {
      await cache.stop();
      await gunicorn.stop();
    },
  };
}
