import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder, freePort, type RestartableProgram, startProgram, startRestartable } from './program.ts';

/** Only where `npm run test:collectors` has built one: Debian has none. */
export const MIMIR = process.env.TEST_MIMIR;

/** Until it is ready; a busy machine takes several times as long as a quiet one. */
const START_MS = 120_000;

export interface Mimir extends RestartableProgram {
  /** Of the whole of it; its API of Prometheus is under `prometheus/`. */
  url: string;
  /** Evaluates an expression now, or `at` (Unix ms); throws what the server says against it. */
  query(
    expression: string,
    at?: number,
  ): Promise<{ metric: Record<string, string>; value: [at: number, text: string] }[]>;
}

/** Mimir in one process, for one tenant, with its data in a folder. It tells nobody that it is used. */
export async function startMimir(): Promise<Mimir> {
  const folder = dataFolder('mimir');
  const [http, grpc, gossip] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  writeFileSync(join(folder, 'mimir.yaml'), settings(folder, http, grpc, gossip));
  const launch = () =>
    startProgram(MIMIR!, [`-config.file=${join(folder, 'mimir.yaml')}`], {
      cwd: folder,
      startMs: START_MS,
      ready: async () => (await fetch(`${url}/ready`)).ok,
    });
  const program = await startRestartable(launch, folder);
  return {
    ...program,
    url,
    async query(expression, at) {
      const time = at === undefined ? {} : { time: String(at / 1000) };
      const query = new URLSearchParams({ query: expression, ...time });
      const answer = await fetch(`${url}/prometheus/api/v1/query?${query}`);
      const body = (await answer.json()) as { error?: string; data?: { result: never[] } };
      if (body.data === undefined) throw new Error(`${expression}: ${body.error}`);
      return body.data.result;
    },
  };
}

/** Every ring in memory, of one instance; JSON is YAML. */
function settings(folder: string, http: number, grpc: number, gossip: number): string {
  const kvstore = { store: 'inmemory' };
  const instance = { instance_addr: '127.0.0.1', kvstore };
  const dir = (name: string) => join(folder, name);
  return JSON.stringify({
    target: 'all',
    multitenancy_enabled: false,
    usage_stats: { enabled: false },
    activity_tracker: { filepath: '' },
    server: {
      http_listen_address: '127.0.0.1',
      http_listen_port: http,
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: grpc,
      log_level: 'error',
    },
    memberlist: { bind_addr: ['127.0.0.1'], bind_port: gossip },
    common: { storage: { backend: 'filesystem' } },
    blocks_storage: {
      filesystem: { dir: dir('blocks') },
      tsdb: { dir: dir('tsdb') },
      bucket_store: { sync_dir: dir('sync') },
    },
    compactor: { data_dir: dir('compactor'), sharding_ring: instance },
    distributor: { ring: instance },
    ingester: { ring: { ...instance, replication_factor: 1, min_ready_duration: '0s' } },
    store_gateway: { sharding_ring: { ...instance, replication_factor: 1 } },
    frontend: { address: '127.0.0.1' },
    ruler: { rule_path: dir('rule-files'), ring: instance },
    ruler_storage: { filesystem: { dir: dir('rules') } },
    alertmanager_storage: { filesystem: { dir: dir('alerts') } },
  });
}
